import { concat } from './arrays.ts';
import { BytesError } from './coded-error.ts';
import type { Bytes } from './encoding.ts';
import type { Endianness } from './reader.ts';

/** Counterpart of `Reader`; numbers out of range are refused, never wrapped. */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  readonly #little: boolean;

  constructor(endianness: Endianness) {
    this.#little = endianness === 'little';
  }

  u8(value: number): this {
    return this.#number(value, 1, (view) => view.setUint8(0, value));
  }

  u16(value: number): this {
    return this.#number(value, 2, (view) => view.setUint16(0, value, this.#little));
  }

  u32(value: number): this {
    return this.#number(value, 4, (view) => view.setUint32(0, value, this.#little));
  }

  u64(value: bigint): this {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) {
      throw new BytesError('out-of-range', 'value does not fit 64 bits', { got: value });
    }
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigUint64(0, value, this.#little);
    return this.bytes(part);
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    return this;
  }

  zeros(length: number): this {
    return this.bytes(new Uint8Array(length));
  }

  sized16(value: Uint8Array): this {
    return this.u16(value.length).bytes(value);
  }

  sized32(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  finish(): Bytes {
    return concat(...this.#parts);
  }

  #number(value: number, size: number, set: (view: DataView) => void): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) {
      throw new BytesError('out-of-range', `value does not fit ${8 * size} bits`, { got: value });
    }
    const part = new Uint8Array(size);
    set(new DataView(part.buffer));
    return this.bytes(part);
  }
}
