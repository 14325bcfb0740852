import { open, type FileHandle } from 'node:fs/promises';
import { StateDiskError } from './errors.ts';
import { growFileSystem, type FileSystem } from './file-system.ts';
import { findMapping } from './mapping.ts';
import { runProgram } from './programs.ts';
import { isIntegrityWanted, type StateDiskPlace } from './state-disk-types.ts';

const SECTOR = 512;
const ZEROS = Buffer.alloc(1024 * 1024);
/** ext4 leaves a last group unused that is too small for its tables. */
const LEAST_GROWTH = 16 * 1024 * 1024;

/**
 * Whether the device has grown under its tags. dm-integrity takes the larger device in when it is mapped, and shows what that
 * gives with the next mapping (kernel, admin-guide/device-mapper/dm-integrity: the status line's second number).
 */
export async function hasGrown(mapping: string): Promise<boolean> {
  const found = await findMapping(`${mapping}_dif`);
  if (found === null) return false;
  const { output } = await runProgram('dmsetup', ['status', found.name], 'device-mapper-missing');
  const provided = /^0 \d+ integrity \d+ (\d+)/.exec(output)?.[1];
  return provided !== undefined && Number(provided) * SECTOR > found.size;
}

/**
 * Grows the mounted file system to its mapping. Under integrity, what lies behind its end has no tags and would not read, so it
 * is written first: it is nobody's, so a kill leaves nothing half done.
 */
export async function growToMapping(place: StateDiskPlace, mountPoint: string): Promise<void> {
  const { mapping, filesystem } = place;
  const size = (await findMapping(mapping))?.size ?? 0;
  const mapped = `/dev/mapper/${mapping}`;
  await using handle = await open(mapped, 'r+');
  try {
    const end = await endOf(handle, filesystem);
    if (size - end < LEAST_GROWTH) return;
    if (isIntegrityWanted(place)) await writeZeros(handle, end, size);
  } catch (cause) {
    throw new StateDiskError('state-disk-io-error', 'the disk failed a request', { cause });
  }
  await growFileSystem(mapped, mountPoint, filesystem);
}

async function writeZeros(handle: FileHandle, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) {
    await handle.write(ZEROS, 0, Math.min(ZEROS.length, to - at), at);
  }
  await handle.datasync();
}

/** Bytes that the file system takes, by its superblock. */
async function endOf(handle: FileHandle, filesystem: FileSystem): Promise<number> {
  const bytes = Buffer.alloc(4096);
  await handle.read(bytes, 0, bytes.length, 0);
  // struct xfs_dsb: sb_blocksize at 4, sb_dblocks at 8, big-endian.
  if (filesystem === 'xfs') return bytes.readUInt32BE(4) * Number(bytes.readBigUInt64BE(8));
  // struct ext4_super_block, at 1024: s_blocks_count_lo at 0x4, s_log_block_size at 0x18, s_blocks_count_hi at 0x150.
  const blocks = bytes.readUInt32LE(1024 + 0x4) + bytes.readUInt32LE(1024 + 0x150) * 2 ** 32;
  return blocks * 2 ** (10 + bytes.readUInt32LE(1024 + 0x18));
}
