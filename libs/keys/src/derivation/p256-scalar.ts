import { toHex } from '@asterism/bytes';
import { createECDH } from 'node:crypto';

/** Order of P-256, SP 800-186 §3.2.1.3. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** 48 bytes are 128 bits more than the order has; FIPS 186-5 A.2.1 asks for 64. */
export const P256_SEED_BYTES = 48;

export interface P256KeyPair {
  /** Each 32 bytes, big-endian. */
  readonly d: Uint8Array;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

/**
 * A private key by extra random bits (FIPS 186-5 A.2.1): d = c mod (n − 1) + 1.
 * @param seed 48 bytes, big-endian
 */
export function toP256KeyPair(seed: Uint8Array): P256KeyPair {
  const scalar = (BigInt(`0x${toHex(seed)}`) % (P256_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  return { d, x: point.subarray(1, 33), y: point.subarray(33, 65) };
}
