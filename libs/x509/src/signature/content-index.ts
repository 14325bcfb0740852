/** Bytes from the end of a key or signature that are skipped: an RSA key ends in its exponent. */
const SKIPPED = 6;
const USED = 6;

/**
 * Number by which a key or signature is looked up before it is compared in full: of bytes near its end, which belong to a
 * modulus, a coordinate or the signature's number and so differ by chance.
 */
export function contentIndex(bytes: Uint8Array): number {
  let index = 0;
  const end = bytes.length - SKIPPED;
  for (let at = Math.max(0, end - USED); at < end; at++) index = index * 256 + (bytes[at] ?? 0);
  return index;
}
