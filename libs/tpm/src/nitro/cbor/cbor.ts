import type { Bytes } from '@asterism/bytes';

/** Keys of maps: what COSE headers (RFC 9052 §1.5) and attestation documents use. */
export type CborKey = number | string;
export type CborMap = ReadonlyMap<CborKey, CborValue>;

/** A tagged item (RFC 8949 §3.4). Nothing is done about what the tag means. */
export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

/**
 * The part of CBOR's data model that is read here. Integers are those that a number holds exactly, to 2^53 − 1 on both
 * sides; floats, `undefined` and other simple values are refused.
 */
export type CborValue = number | boolean | null | string | Bytes | readonly CborValue[] | CborMap | CborTag;

/** Major types, RFC 8949 §3.1. */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

/** Additional information, RFC 8949 §3. */
export const INFO = { u8: 24, u16: 25, u32: 26, u64: 27, indefinite: 31 } as const;

/** Simple values, RFC 8949 §3.3. */
export const SIMPLE = { false: 20, true: 21, null: 22 } as const;

export const BREAK = (MAJOR.simple << 5) | INFO.indefinite;

export function isCborMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map;
}

export function isCborArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}
