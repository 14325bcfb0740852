import { copyBytes } from './arrays.ts';
import type { Bytes } from './encoding.ts';
import { utf8 } from './encoding.ts';
import { Writer } from './writer.ts';

export type HashAlgorithm = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** WebCrypto digest, the same in Node and in a browser. */
export async function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, copyBytes(bytes)));
}

export function sha256(bytes: Uint8Array): Promise<Bytes> {
  return digest('SHA-256', bytes);
}

/**
 * `frame(a, b, …)` of docs/protocol: each item as a 4-byte big-endian length and its bytes; texts are UTF-8.
 * Injective: two different lists of items never give the same bytes.
 */
export function frame(...items: readonly (Uint8Array | string)[]): Bytes {
  const writer = new Writer('big');
  for (const item of items) writer.sized32(typeof item === 'string' ? utf8(item) : item);
  return writer.finish();
}
