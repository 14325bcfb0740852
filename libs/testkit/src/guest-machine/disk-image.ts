import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, truncate } from 'node:fs/promises';

const MIB = 1024 * 1024;

/** A disk of a guest, as its host has it: a file, in which the host may read and change every byte. */
export class DiskImage {
  readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** Blank, and takes no room yet. */
  static async create(file: string, megabytes: number): Promise<DiskImage> {
    await using handle = await open(file, 'wx');
    await handle.truncate(megabytes * MIB);
    return new DiskImage(file);
  }

  async read(offset: number, length: number): Promise<Buffer> {
    await using handle = await open(this.file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await using handle = await open(this.file, 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
  }

  /** To a larger size; a guest sees it when it starts. */
  async grow(megabytes: number): Promise<void> {
    await truncate(this.file, megabytes * MIB);
  }

  async copyFrom(other: DiskImage): Promise<void> {
    await copyFile(other.file, this.file);
  }

  /** SHA-256 of all of it. */
  async digest(): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(this.file, { highWaterMark: MIB }))
      hash.update(chunk as Buffer);
    return hash.digest('hex');
  }
}
