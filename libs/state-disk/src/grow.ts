import { open, type FileHandle } from 'node:fs/promises';
import { Reader } from '@asterism/bytes';
import { StateDiskError } from './errors.ts';
import { HEADER_BYTES } from './luks2/metadata.ts';
import type { FileSystem } from './state-disk.ts';
import { readExactly, writeExactly } from './system/device.ts';
import { growFileSystem } from './system/file-system.ts';

const SECTOR_BYTES = 512;
const ZEROS = new Uint8Array(1024 * 1024);
/** ext4 leaves a last group unused that is too small for its tables. */
const LEAST_GROWTH = 16 * 1024 * 1024;

/**
 * Sectors that dm-integrity provides: `provided_data_sectors` of its superblock (kernel, drivers/md/dm-integrity.c), at
 * byte 16, little-endian. The kernel raises it when the device has grown, after the mapping was made.
 */
export async function providedSectors(device: FileHandle): Promise<number> {
  const reader = new Reader(await readExactly(device, HEADER_BYTES + 16, 8), 'little');
  return Number(reader.u64());
}

/** Bytes that the file system takes, by its superblock: it lies under the tags of the disk, so it is not the host's word. */
async function bytesOf(mapping: FileHandle, fileSystem: FileSystem): Promise<number> {
  const bytes = await readExactly(mapping, 0, 4096);
  const view = new DataView(bytes.buffer);
  // struct xfs_dsb: sb_blocksize at 4, sb_dblocks at 8, big-endian.
  if (fileSystem === 'xfs') return view.getUint32(4) * Number(view.getBigUint64(8));
  // struct ext4_super_block at 1024: s_blocks_count_lo at 4, s_log_block_size at 24, s_blocks_count_hi at 0x150.
  const blocks = view.getUint32(1024 + 4, true) + view.getUint32(1024 + 0x150, true) * 2 ** 32;
  return blocks * 1024 * 2 ** view.getUint32(1024 + 24, true);
}

/**
 * Grows the mounted file system to its mapping. Sectors behind its end have no tags yet and would not read, so they are
 * written first; what lies behind the end is nobody's, so a crash leaves nothing half done.
 */
export async function growToMapping(input: {
  readonly mapping: string;
  readonly sectors: number;
  readonly fileSystem: FileSystem;
  readonly mountPoint: string;
}): Promise<boolean> {
  const { mapping, sectors, fileSystem, mountPoint } = input;
  await using file = await open(mapping, 'r+').catch((cause: unknown) => {
    throw new StateDiskError('state-disk-io-error', `cannot open ${mapping}`, { cause });
  });
  const end = sectors * SECTOR_BYTES;
  const used = await bytesOf(file, fileSystem);
  if (end - used < LEAST_GROWTH) return false;
  for (let at = used; at < end; at += ZEROS.length) {
    await writeExactly(file, at, ZEROS.subarray(0, Math.min(ZEROS.length, end - at)));
  }
  await file.sync();
  await growFileSystem(mapping, fileSystem, mountPoint);
  return true;
}
