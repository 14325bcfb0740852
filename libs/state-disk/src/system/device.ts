import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { isZero } from '@asterism/bytes';
import { StateDiskError, type StateDiskErrorCode } from '../errors.ts';
import { HEADER_BYTES } from '../luks2/metadata.ts';

const MIB = 1024 * 1024;
/** Where file systems, partition tables, RAID and LVM leave their marks: the beginning and the end. */
const EDGE_BYTES = 32 * MIB;
const SAMPLES = 64;

const CODE_OF = new Map<unknown, StateDiskErrorCode>([
  ['ENOENT', 'state-disk-missing'],
  ['ENXIO', 'state-disk-missing'],
  ['EBUSY', 'state-disk-busy'],
]);

function failed(cause: unknown, what: string): StateDiskError {
  const errno = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const code = CODE_OF.get(errno) ?? 'state-disk-io-error';
  return new StateDiskError(code, `${what}: ${String(errno ?? cause)}`, { got: errno, cause });
}

/** For reading and writing. `exclusive`: fails where a block device is mounted or mapped. */
export async function openDevice(path: string, exclusive: boolean): Promise<FileHandle> {
  try {
    const isBlockDevice = (await stat(path)).isBlockDevice();
    return await open(path, constants.O_RDWR | (exclusive && isBlockDevice ? constants.O_EXCL : 0));
  } catch (cause) {
    throw failed(cause, `cannot open ${path}`);
  }
}

export async function readExactly(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file
      .read(bytes, done, length - done, offset + done)
      .catch((cause: unknown) => {
        throw failed(cause, 'cannot read the state disk');
      });
    if (bytesRead === 0) throw new StateDiskError('state-disk-too-small', 'the state disk ends early');
    done += bytesRead;
  }
  return bytes;
}

export async function writeExactly(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const left = bytes.length - done;
    const { bytesWritten } = await file.write(bytes, done, left, offset + done).catch((cause: unknown) => {
      throw failed(cause, 'cannot write the state disk');
    });
    done += bytesWritten;
  }
}

/** In bytes. A block device says no size in its inode, so the end is searched for. */
export async function sizeOf(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  if (size > 0) return size;
  let [low, high] = [0, 2 ** 52];
  const one = new Uint8Array(1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { bytesRead } = await file.read(one, 0, 1, middle);
    if (bytesRead === 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether nothing was ever written, as far as its edges and samples between them show: reading a large disk whole would
 * take hours. The server's record comes first; this catches a disk that was attached by mistake.
 * @throws StateDiskError `state-disk-too-small`
 */
export async function isBlank(file: FileHandle): Promise<boolean> {
  const size = await sizeOf(file);
  if (size < HEADER_BYTES) {
    throw new StateDiskError('state-disk-too-small', 'no room for a header', {
      got: size,
      want: HEADER_BYTES,
    });
  }
  const zeros = async (from: number, to: number): Promise<boolean> => {
    for (let at = Math.max(from, 0); at < Math.min(to, size); at += MIB) {
      if (!isZero(await readExactly(file, at, Math.min(MIB, size - at)))) return false;
    }
    return true;
  };
  if (!(await zeros(0, EDGE_BYTES)) || !(await zeros(size - EDGE_BYTES, size))) return false;
  for (let sample = 1; sample < SAMPLES; sample++) {
    const at = Math.floor((size / SAMPLES) * sample);
    if (!(await zeros(at, at + MIB))) return false;
  }
  return true;
}
