import { type Bytes, type Reader } from '@asterism/bytes';
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SshError } from './errors.ts';
import { readMpint, readText } from './wire.ts';

/** What a public key of a type holds behind the type's name. */
export interface KeyType {
  readonly name: string;
  readonly certificateName: string;
  /** Reads every field, refuses what no key of the type can be. */
  readonly read: (reader: Reader) => KeyParts;
}

interface KeyParts {
  readonly bits: number;
  /** Absent for keys whose signatures carry more than a signature (FIDO). */
  readonly jwk?: JsonWebKey;
}

const MIN_RSA_BITS = 3072;
const MAX_RSA_BITS = 16_384;
const MAX_APPLICATION = 256;

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const malformed = (message: string) => new SshError('ssh-public-key-malformed', `public key: ${message}`);

/** RFC 8709 §4 */
function readEd25519(reader: Reader): KeyParts {
  const key = reader.sized32(32);
  if (key.length !== 32) throw malformed('an Ed25519 key is 32 bytes');
  return { bits: 256, jwk: { kty: 'OKP', crv: 'Ed25519', x: base64url(key) } };
}

/** RFC 5656 §3.1: the curve's name again, then an uncompressed point. */
function readEcdsa(name: string, crv: string, bits: number) {
  const size = Math.ceil(bits / 8);
  return (reader: Reader): KeyParts => {
    if (readText(reader, 32) !== name) throw malformed('its curve is not that of its type');
    const point = reader.sized32(2 * size + 1);
    if (point.length !== 2 * size + 1 || point[0] !== 4)
      throw malformed('its point is not an uncompressed one');
    const jwk = {
      kty: 'EC',
      crv,
      x: base64url(point.subarray(1, size + 1)),
      y: base64url(point.subarray(size + 1)),
    };
    requireOnCurve(jwk);
    return { bits, jwk };
  };
}

function requireOnCurve(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new SshError('ssh-public-key-malformed', 'public key: its point is not on the curve', { cause });
  }
}

/** RFC 4253 §6.6 */
function readRsa(reader: Reader): KeyParts {
  const exponent = readMpint(reader, 8);
  const modulus = readMpint(reader, MAX_RSA_BITS / 8);
  const bits = bitLength(modulus);
  const odd = (number: Bytes) => ((number.at(-1) ?? 0) & 1) === 1;
  if (!odd(exponent) || bitLength(exponent) < 2 || !odd(modulus))
    throw malformed('its RSA numbers are no key');
  if (bits < MIN_RSA_BITS) {
    throw new SshError('ssh-public-key-unsupported', 'RSA key is too short', {
      got: bits,
      want: MIN_RSA_BITS,
    });
  }
  return { bits, jwk: { kty: 'RSA', e: base64url(exponent), n: base64url(modulus) } };
}

function bitLength(number: Uint8Array): number {
  return number.length === 0 ? 0 : number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

/** PROTOCOL.u2f: the key of the kind without hardware, then the application that it is bound to. */
function readWithApplication(read: (reader: Reader) => KeyParts) {
  return (reader: Reader): KeyParts => {
    const { bits } = read(reader);
    if (!/^[\x21-\x7e]+$/.test(readText(reader, MAX_APPLICATION)))
      throw malformed('its application has no name');
    return { bits };
  };
}

const type = (name: string, read: KeyType['read']): readonly [string, KeyType] => {
  const at = name.endsWith('@openssh.com') ? name.slice(0, -'@openssh.com'.length) : name;
  return [name, { name, certificateName: `${at}-cert-v01@openssh.com`, read }];
};

const P256 = readEcdsa('nistp256', 'P-256', 256);

/** Kinds of keys that people and hosts have today. `ssh-dss` and everything unknown are not here. */
export const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map([
  type('ssh-ed25519', readEd25519),
  type('ecdsa-sha2-nistp256', P256),
  type('ecdsa-sha2-nistp384', readEcdsa('nistp384', 'P-384', 384)),
  type('ecdsa-sha2-nistp521', readEcdsa('nistp521', 'P-521', 521)),
  type('ssh-rsa', readRsa),
  type('sk-ssh-ed25519@openssh.com', readWithApplication(readEd25519)),
  type('sk-ecdsa-sha2-nistp256@openssh.com', readWithApplication(P256)),
]);

/** By the name that a certificate of the type has. */
export const CERTIFICATE_TYPES: ReadonlyMap<string, KeyType> = new Map(
  [...KEY_TYPES.values()].map((each) => [each.certificateName, each]),
);
