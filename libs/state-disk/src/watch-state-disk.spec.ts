import { expect, it } from 'vitest';
import { counted } from './watch-state-disk.ts';

const NAMES = new Set(['dm-0', 'dm-1']);
const of = (...records: string[]) =>
  records.reduce((sum, record) => counted(sum, record, NAMES), { integrity: 0, io: 0 });

it('counts what the kernel says of the disk, by kind', () => {
  // Linux 6.1 and 6.12: drivers/md/dm-crypt.c, block/blk-core.c, fs/buffer.c
  expect(
    of(
      '3,512,8300000,-;device-mapper: crypt: dm-0: INTEGRITY AEAD ERROR, sector 2048',
      '3,513,8300001,-;Buffer I/O error on dev dm-1, logical block 256, async page read',
      '3,514,8300002,-;I/O error, dev dm-1, sector 2048 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2',
    ),
  ).toEqual({ integrity: 1, io: 2 });
});

it('counts nothing of other devices, nor what only looks like it', () => {
  expect(
    of(
      '3,512,8300000,-;device-mapper: crypt: dm-7: INTEGRITY AEAD ERROR, sector 2048',
      '3,513,8300001,-;I/O error, dev vda, sector 8',
      '3,513,8300001,-;I/O error, dev dm-11, sector 8',
      '6,514,8300002,-;EXT4-fs (dm-1): mounted filesystem with ordered data mode',
      '',
    ),
  ).toEqual({ integrity: 0, io: 0 });
});
