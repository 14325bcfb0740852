/**
 * OpenSSL's command line, so that published vectors are worked out by other code than ours. Everything is hexadecimal.
 * What goes in are test values: secrets never belong into arguments.
 */
import { spawnSync } from 'node:child_process';

function openssl(args: readonly string[], input: Uint8Array = new Uint8Array()): Buffer {
  const { status, stdout, stderr, error } = spawnSync('openssl', args, { input });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${stderr.toString()}`);
  return stdout;
}

/** RFC 5869 with SHA-256. */
export function hkdf(key: string, salt: string, info: string, length: number): string {
  const options = { digest: 'SHA256', hexkey: key, hexsalt: salt, hexinfo: info };
  const kdfopts = Object.entries(options).flatMap(([name, value]) => ['-kdfopt', `${name}:${value}`]);
  return openssl(['kdf', '-binary', '-keylen', String(length), ...kdfopts, 'HKDF']).toString('hex');
}

export function hash(name: 'sha256' | 'sha384', bytes: string): string {
  return openssl(['dgst', `-${name}`, '-binary'], Buffer.from(bytes, 'hex')).toString('hex');
}

/** ECPrivateKey of RFC 5915 around a scalar of P-256, without its public half. */
const P256_KEY = { before: '30310201010420', after: 'a00a06082a8648ce3d030107' };

/** The point of a scalar of P-256. */
export function p256Point(scalar: string): { readonly x: string; readonly y: string } {
  const key = Buffer.from(`${P256_KEY.before}${scalar}${P256_KEY.after}`, 'hex');
  const spki = openssl(['ec', '-inform', 'DER', '-pubout', '-outform', 'DER'], key).toString('hex');
  const point = spki.slice(-128);
  return { x: point.slice(0, 64), y: point.slice(64) };
}

/** PKCS#8 of RFC 8410 §7 up to the 32 bytes of an Ed25519 key. */
const ED25519_KEY = '302e020100300506032b657004220420';

/** The public half of an Ed25519 seed: 32 bytes. */
export function ed25519Public(seed: string): string {
  const key = Buffer.from(`${ED25519_KEY}${seed}`, 'hex');
  return openssl(['pkey', '-inform', 'DER', '-pubout', '-outform', 'DER'], key).toString('hex').slice(-64);
}
