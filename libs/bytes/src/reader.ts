import { isZero } from './arrays.ts';
import { BytesError } from './coded-error.ts';
import { fromUtf8, type Bytes } from './encoding.ts';

export type Endianness = 'big' | 'little';

/**
 * The one way binary formats are read: forward only, bounds checked, byte order named at construction.
 * Slices are copies, so later changes to the source cannot change what was verified.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, endianness: Endianness) {
    // A view of the plain kind: Node's own would give views where copies are asked for.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endianness === 'little';
  }

  /** Offset of the next byte, counted from the start. */
  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.#little);
  }

  bytes(length: number): Bytes {
    const start = this.#take(length);
    return this.#bytes.slice(start, start + length) as Bytes;
  }

  rest(): Bytes {
    return this.bytes(this.remaining);
  }

  text(length: number): string {
    return fromUtf8(this.bytes(length));
  }

  /** Bytes behind a 16-bit length (TPM2B). `max` refuses before anything is copied. */
  sized16(max = 0xffff): Bytes {
    return this.#sized(this.u16(), max);
  }

  /** Bytes behind a 32-bit length. */
  sized32(max: number): Bytes {
    return this.#sized(this.u32(), max);
  }

  /** Reserved space. @throws BytesError `not-zero` */
  zeros(length: number, field: string): void {
    const at = this.#take(length);
    if (!isZero(this.#bytes.subarray(at, at + length))) {
      throw new BytesError('not-zero', `reserved field ${field} at offset ${at} is not zero`);
    }
  }

  /** @throws BytesError `trailing-bytes` */
  expectEnd(): void {
    if (this.remaining > 0) {
      throw new BytesError('trailing-bytes', 'bytes after the end of the structure', {
        got: this.remaining,
        want: 0,
      });
    }
  }

  #sized(length: number, max: number): Bytes {
    if (length > max) {
      throw new BytesError('out-of-range', `length at offset ${this.#at} is over its bound`, {
        got: length,
        want: max,
      });
    }
    return this.bytes(length);
  }

  #take(length: number): number {
    if (!Number.isInteger(length) || length < 0 || length > this.remaining) {
      throw new BytesError('out-of-bounds', `read past the end at offset ${this.#at}`, {
        got: this.remaining,
        want: length,
      });
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
