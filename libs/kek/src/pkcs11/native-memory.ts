import type * as koffi from 'koffi';

export type Koffi = typeof koffi;
/** Address in the memory of this process. */
export type Pointer = bigint;

const WORD = 8;

/**
 * Memory that a library on another thread reads and writes while a call lasts. The collector does not move it, and it
 * is zeroed and freed when the call is over.
 */
export class NativeMemory implements Disposable {
  readonly #koffi: Koffi;
  readonly #pieces: { readonly pointer: Pointer; readonly length: number }[] = [];

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
  }

  /** So many bytes, all zero. */
  allocate(length: number): Pointer {
    const pointer = this.#koffi.alloc('uint8_t', Math.max(length, 1)) as Pointer;
    this.#pieces.push({ pointer, length });
    this.#write(pointer, new Uint8Array(length));
    return pointer;
  }

  put(bytes: Uint8Array): Pointer {
    const pointer = this.allocate(bytes.length);
    this.#write(pointer, bytes);
    return pointer;
  }

  /** A structure of CK_ULONGs and pointers, which are 8 bytes each on 64-bit Linux. */
  putWords(...words: readonly (number | bigint)[]): Pointer {
    const bytes = Buffer.alloc(words.length * WORD);
    words.forEach((word, at) => bytes.writeBigUInt64LE(BigInt(word), at * WORD));
    return this.put(bytes);
  }

  read(pointer: Pointer, length: number): Uint8Array {
    return length === 0
      ? new Uint8Array()
      : Uint8Array.from(this.#koffi.decode(pointer, 'uint8_t', length) as Uint8Array);
  }

  readWord(pointer: Pointer, at: number): bigint {
    return Buffer.from(this.read(pointer, (at + 1) * WORD)).readBigUInt64LE(at * WORD);
  }

  [Symbol.dispose](): void {
    for (const { pointer, length } of this.#pieces.splice(0)) {
      this.#write(pointer, new Uint8Array(length));
      this.#koffi.free(pointer);
    }
  }

  #write(pointer: Pointer, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#koffi.encode(pointer, 'uint8_t', bytes, bytes.length);
  }
}
