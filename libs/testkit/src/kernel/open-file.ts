import { concat, type Bytes } from '@asterism/bytes';
import { KernelError, type SyntheticFile } from './synthetic.ts';

/** One opening of a file. */
export class OpenFile {
  readonly #file: SyntheticFile;
  /** Made at the first read, so that reads of one opening are of one content. */
  #contents: Promise<Uint8Array> | null = null;
  #written: Bytes = new Uint8Array();

  constructor(file: SyntheticFile) {
    this.#file = file;
  }

  async read(offset: number, length: number): Promise<Bytes> {
    const { read } = this.#file;
    if (read === undefined) throw new KernelError('EACCES');
    this.#contents ??= Promise.resolve(read());
    return new Uint8Array((await this.#contents).subarray(offset, offset + length));
  }

  async write(offset: number, bytes: Bytes): Promise<number> {
    const { write, takes, limit } = this.#file;
    if (write === undefined) throw new KernelError('EACCES');
    if (offset + bytes.length > limit) throw new KernelError('EFBIG');
    if (takes === 'at-once') await write(bytes);
    else this.#written = concat(this.#written.slice(0, offset), bytes);
    return bytes.length;
  }

  async close(): Promise<void> {
    const { write, takes } = this.#file;
    const written = this.#written;
    this.#written = new Uint8Array();
    if (takes !== 'at-close' || written.length === 0) return;
    try {
      await write?.(written);
    } catch {
      // configfs_release_bin_file has nobody to tell.
    }
  }
}
