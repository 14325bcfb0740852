import { hmac as hmacInPlace } from '@noble/hashes/hmac.js';
import { sha256 as sha256InPlace, sha384, sha512 } from '@noble/hashes/sha2.js';
import { copyBytes } from './arrays.ts';
import type { Bytes } from './encoding.ts';
import { utf8 } from './encoding.ts';

export type HashAlgorithm = 'SHA-256' | 'SHA-384' | 'SHA-512';

const IN_PLACE = { 'SHA-256': sha256InPlace, 'SHA-384': sha384, 'SHA-512': sha512 } as const;
/** Up to here, hashing in place costs less than WebCrypto's way to another thread and back. */
const IN_PLACE_BYTES = 2048;

/** The same in Node and in a browser: small inputs are hashed in place, large ones by WebCrypto. */
export async function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<Bytes> {
  if (bytes.length <= IN_PLACE_BYTES) return copyBytes(IN_PLACE[algorithm](bytes));
  return new Uint8Array(await crypto.subtle.digest(algorithm, copyBytes(bytes)));
}

/** HMAC (RFC 2104) of a short message, hashed in place; a key of any length. */
export async function hmac(algorithm: HashAlgorithm, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  return copyBytes(hmacInPlace(IN_PLACE[algorithm], key, message));
}

export function sha256(bytes: Uint8Array): Promise<Bytes> {
  return digest('SHA-256', bytes);
}

/**
 * `frame(a, b, …)` of docs/protocol: each item as a 4-byte big-endian length and its bytes; texts are UTF-8.
 * Injective: two different lists of items never give the same bytes.
 */
export function frame(...items: readonly (Uint8Array | string)[]): Bytes {
  const parts = items.map((item) => (typeof item === 'string' ? utf8(item) : item));
  const framed = new Uint8Array(parts.reduce((length, part) => length + 4 + part.length, 0));
  const view = new DataView(framed.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    framed.set(part, at + 4);
    at += 4 + part.length;
  }
  return framed;
}
