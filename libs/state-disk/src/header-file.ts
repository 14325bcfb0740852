import { mkdtemp, open, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateDiskError } from './errors.ts';

/** Of statfs(2): file systems that are memory and nothing else. */
const MEMORY = new Set([0x0102_1994 /* tmpfs */, 0x8584_58f6 /* ramfs */]);
const FOLDERS = ['/dev/shm', '/run'] as const;

/** A header in memory, where the host cannot change it under us, as a file for cryptsetup. */
export class HeaderFile {
  readonly #folder: string;
  readonly path: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'header');
  }

  /** Empty, or zeros of that length. @throws StateDiskError `state-disk-memory-missing` */
  static async create(length = 0, folders: readonly string[] = FOLDERS): Promise<HeaderFile> {
    const file = new HeaderFile(await memoryFolder(folders));
    await writeFile(file.path, '', { mode: 0o600 });
    await truncate(file.path, length);
    return file;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    await using handle = await open(this.path, 'r');
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await using handle = await open(this.path, 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function memoryFolder(folders: readonly string[]): Promise<string> {
  let cause: unknown;
  for (const folder of folders) {
    try {
      if (MEMORY.has((await statfs(folder)).type)) return await mkdtemp(join(folder, 'asterism-header-'));
    } catch (error) {
      cause = error;
    }
  }
  throw new StateDiskError('state-disk-memory-missing', `no writable tmpfs at ${folders.join(' or ')}`, {
    cause,
  });
}
