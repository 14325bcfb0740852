import { Reader, utf8, Writer, type Bytes } from '@asterism/bytes';
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { SshError } from './errors.ts';
import { jwkOf, type SshPublicKey } from './public-key.ts';
import { readMpint, readText } from './wire.ts';

const MAX_SIGNATURE = 4_096;
const MAX_NAME = 64;

/** Hashes of ECDSA by key type (RFC 5656 §6.2.1), and how long a coordinate is. */
const ECDSA: ReadonlyMap<string, { readonly hash: string; readonly size: number }> = new Map([
  ['ecdsa-sha2-nistp256', { hash: 'sha256', size: 32 }],
  ['ecdsa-sha2-nistp384', { hash: 'sha384', size: 48 }],
  ['ecdsa-sha2-nistp521', { hash: 'sha512', size: 66 }],
]);
/** RFC 8332; `ssh-rsa` alone would be SHA-1, which is refused. */
const RSA: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

/**
 * A signature blob of RFC 8709 §6 or RFC 5656 §3.1.2.
 * @param key private, Ed25519 or P-256
 * @param publicKey its public half
 */
export function signBlob(key: KeyObject, { type }: SshPublicKey, data: Uint8Array): Bytes {
  const writer = new Writer('big').sized32(utf8(type));
  if (type === 'ssh-ed25519') return writer.sized32(sign(null, data, key)).finish();
  return writer.sized32(numbersOf(sign('sha256', data, key))).finish();
}

/**
 * r and s of an ECDSA-Sig-Value (RFC 3279 §2.2.3): what a DER INTEGER holds is an mpint. Of P-256 no length takes two bytes.
 * Asking `sign` for the numbers alone doubles its time.
 */
function numbersOf(der: Uint8Array): Bytes {
  const reader = new Reader(der, 'big');
  reader.bytes(2);
  const numbers = new Writer('big');
  while (reader.remaining > 0) {
    reader.bytes(1);
    numbers.sized32(reader.bytes(reader.u8()));
  }
  return numbers.finish();
}

/** @throws SshError `ssh-certificate-not-genuine` where the key's type cannot be checked here; BytesError where it is no signature blob */
export function isSignedBy(key: SshPublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  const reader = new Reader(signature, 'big');
  const algorithm = readText(reader, MAX_NAME);
  const bytes = reader.sized32(MAX_SIGNATURE);
  reader.expectEnd();
  const jwk = jwkOf(key);
  if (jwk === undefined) {
    throw new SshError('ssh-certificate-not-genuine', 'signatures of this type of key are not checked here', {
      got: key.type,
    });
  }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  if (key.type === 'ssh-rsa') {
    const hash = RSA.get(algorithm);
    return hash !== undefined && verify(hash, data, publicKey, bytes);
  }
  if (algorithm !== key.type) return false;
  const ecdsa = ECDSA.get(key.type);
  if (ecdsa === undefined) return verify(null, data, publicKey, bytes);
  const raw = toRaw(bytes, ecdsa.size);
  return verify(ecdsa.hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw);
}

/** r and s, each an mpint, as two numbers of one length. */
function toRaw(bytes: Uint8Array, size: number): Uint8Array {
  const reader = new Reader(bytes, 'big');
  const raw = new Uint8Array(2 * size);
  for (const end of [size, 2 * size]) {
    const number = readMpint(reader, size);
    raw.set(number, end - number.length);
  }
  reader.expectEnd();
  return raw;
}
