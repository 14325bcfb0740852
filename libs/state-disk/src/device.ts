import { open, readFile, type FileHandle } from 'node:fs/promises';
import { StateDiskError } from './errors.ts';

const CHUNK = 4 * 1024 * 1024;
const BLOCK = 4096;
const SECTOR = 512;

/** A disk that the host holds: what is read once may read otherwise the next time. */
export class Device {
  readonly #handle: FileHandle;
  readonly size: number;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /**
   * `create`: a file that is not there, or shorter, is made that long.
   * @throws StateDiskError `state-disk-missing`, `state-disk-io-error`
   */
  static async open(path: string, { create = null }: { create?: number | null } = {}): Promise<Device> {
    try {
      if (create !== null) await lengthen(path, create);
      const handle = await open(path, 'r+');
      return new Device(handle, await sizeOf(handle));
    } catch (cause) {
      throw new StateDiskError('state-disk-missing', `${path} cannot be opened`, { cause });
    }
  }

  /** Less only where the device ends. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await io(this.#handle.read(bytes, at, bytes.length - at, offset + at));
      if (bytesRead === 0) throw new StateDiskError('state-disk-io-error', `the disk ends at ${offset + at}`);
      at += bytesRead;
    }
    return bytes;
  }

  /** On the disk once this resolves. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += (await io(this.#handle.write(bytes, at, bytes.length - at, offset + at))).bytesWritten;
    }
    await io(this.#handle.datasync());
  }

  /** Writes the blocks in which `after` differs from `before`, and nothing else. */
  async writeChanges(offset: number, before: Uint8Array, after: Uint8Array): Promise<void> {
    for (let at = 0; at < after.length; at += BLOCK) {
      const block = after.subarray(at, at + BLOCK);
      if (Buffer.compare(block, before.subarray(at, at + BLOCK)) === 0) continue;
      await io(this.#handle.write(block, 0, block.length, offset + at));
    }
    await io(this.#handle.datasync());
  }

  /** Whether every byte is zero, to the last: only such a disk is formatted. The format writes every sector as well. */
  async isBlank(signal?: AbortSignal): Promise<boolean> {
    const zeros = Buffer.alloc(CHUNK);
    for (let at = 0; at < this.size; at += CHUNK) {
      signal?.throwIfAborted();
      const bytes = await this.read(at, CHUNK);
      if (zeros.compare(bytes, 0, bytes.length, 0, bytes.length) !== 0) return false;
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function lengthen(path: string, size: number): Promise<void> {
  await using handle = await open(path, 'a', 0o600);
  const found = await handle.stat();
  if (found.isFile() && found.size < size) await handle.truncate(size);
}

/** A block device's size is not in its stat(2). */
async function sizeOf(handle: FileHandle): Promise<number> {
  const { rdev, size } = await handle.stat();
  if (rdev === 0) return size;
  return Number(await readFile(`/sys/dev/block/${deviceNumber(rdev)}/size`, 'utf8')) * SECTOR;
}

/** makedev(3) of Linux taken apart. */
function deviceNumber(rdev: number): string {
  const major = Math.floor(rdev / 0x100) & 0xfff;
  const minor = (rdev & 0xff) | (Math.floor(rdev / 0x1000) & 0xfff00);
  return `${major}:${minor}`;
}

async function io<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    throw new StateDiskError('state-disk-io-error', 'the disk failed a request', { cause });
  }
}
