import { concat, utf8, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import { encodeOid } from './oid.ts';
import { contextConstructed, TAG } from './tag.ts';
import { encodeTime } from './time.ts';

/** One element with a definite, minimal length. */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(Uint8Array.of(tag), lengthOctets(length), ...parts);
}

export function derSequence(...parts: readonly Uint8Array[]): Bytes {
  return derElement(TAG.sequence, ...parts);
}

/** SET OF: elements in ascending order of their encodings (X.690 §11.6). */
export function derSetOf(...parts: readonly Uint8Array[]): Bytes {
  return derElement(TAG.set, ...[...parts].sort(compareOctets));
}

/** `[n] EXPLICIT`. */
export function derExplicit(number: number, ...parts: readonly Uint8Array[]): Bytes {
  return derElement(contextConstructed(number), ...parts);
}

/** INTEGER from a number or from the big-endian magnitude of a value that is not negative. */
export function derUnsignedInteger(value: number | Uint8Array): Bytes {
  const magnitude = typeof value === 'number' ? numberOctets(value) : value;
  const start = magnitude.findIndex((octet) => octet !== 0);
  const minimal = start < 0 ? Uint8Array.of(0) : magnitude.subarray(start);
  return (minimal[0] ?? 0) >= 0x80
    ? derElement(TAG.integer, Uint8Array.of(0), minimal)
    : derElement(TAG.integer, minimal);
}

export function derBoolean(value: boolean): Bytes {
  return derElement(TAG.boolean, Uint8Array.of(value ? 0xff : 0x00));
}

export function derNull(): Bytes {
  return derElement(TAG.null);
}

export function derOid(oid: string): Bytes {
  return derElement(TAG.oid, encodeOid(oid));
}

export function derOctetString(content: Uint8Array): Bytes {
  return derElement(TAG.octetString, content);
}

/** BIT STRING of whole octets. */
export function derBitString(content: Uint8Array): Bytes {
  return derElement(TAG.bitString, Uint8Array.of(0), content);
}

/** Named-bit list of the bits set, without trailing zero bits. */
export function derNamedBits(bits: readonly number[]): Bytes {
  const highest = Math.max(-1, ...bits);
  const octets = new Uint8Array((highest + 8) >> 3);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return derElement(TAG.bitString, Uint8Array.of(highest < 0 ? 0 : 7 - (highest & 7)), octets);
}

export function derUtf8String(text: string): Bytes {
  return derElement(TAG.utf8String, utf8(text));
}

export function derTime(time: Date): Bytes {
  const { tag, text } = encodeTime(time);
  return derElement(tag, utf8(text));
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets = numberOctets(length);
  return concat(Uint8Array.of(0x80 | octets.length), octets);
}

function numberOctets(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new X509Error('argument-invalid', 'not a whole number from zero', { got: value });
  }
  const octets = [value % 256];
  for (let left = Math.floor(value / 256); left > 0; left = Math.floor(left / 256))
    octets.unshift(left % 256);
  return Uint8Array.from(octets);
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
