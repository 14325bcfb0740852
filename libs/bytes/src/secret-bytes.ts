/**
 * Zeros to hold a secret, outside of the heap of JavaScript: the garbage collector moves what is on it and leaves the old
 * copy behind, and `new Uint8Array(32)` would be on it. Whoever holds them wipes them.
 */
export function secretBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** A copy to wipe apart. */
export function copySecret(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = secretBytes(secret.length);
  copy.set(secret);
  return copy;
}
