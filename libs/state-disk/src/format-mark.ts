import type { FileHandle } from 'node:fs/promises';
import { concat, equalBytes, frame, utf8, type Bytes } from '@asterism/bytes';
import { macUnder } from './luks2/token.ts';
import type { OpenStateDiskOptions } from './state-disk.ts';
import { readExactly, writeExactly } from './system/device.ts';

const SECTOR_BYTES = 512;
const MAGIC = utf8('asterism/state-disk/formatting/v1');

/** The first sector while a format is under way. The header's own first sector takes its place at the very end. */
function markOf({ cluster, disk }: OpenStateDiskOptions): Bytes {
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set(concat(MAGIC, macUnder(disk.key, 'asterism/state-disk-format/v1', frame(cluster, disk.id))));
  return sector;
}

export async function writeFormatMark(device: FileHandle, options: OpenStateDiskOptions): Promise<void> {
  await writeExactly(device, 0, markOf(options));
  await device.sync();
}

/** Whether this is our own format of this very disk, cut short. Nobody without the key can make it look so. */
export async function hasFormatMark(device: FileHandle, options: OpenStateDiskOptions): Promise<boolean> {
  return equalBytes(await readExactly(device, 0, SECTOR_BYTES), markOf(options));
}
