import { concat, fromBase64url, fromHex, isZero, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import {
  coordinateLength,
  type EccCurve,
  type EccPublic,
  type RsaPublic,
  type TpmtPublic,
} from './public-area.ts';

/** DER of `AlgorithmIdentifier` with its parameters: RFC 3279 §2.3.1 (rsaEncryption, NULL), RFC 5480 §2.1.1. */
const ALGORITHM = {
  rsa: fromHex('300d06092a864886f70d0101010500'),
  p256: fromHex('301306072a8648ce3d020106082a8648ce3d030107'),
  p384: fromHex('301006072a8648ce3d020106052b81040022'),
};

const DEFAULT_EXPONENT = 65537;
const MAX_EXPONENT = 0xffff_ffff;

function der(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const body = concat(...contents);
  const { length } = body;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), body);
  if (length < 0x100) return concat(Uint8Array.of(tag, 0x81, length), body);
  return concat(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), body);
}

/** Unsigned big-endian bytes as a DER INTEGER: no leading zeros but the one that keeps it positive. */
function derInteger(bytes: Uint8Array): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.subarray(start);
  return (magnitude[0] ?? 0) < 0x80 ? der(0x02, magnitude) : der(0x02, Uint8Array.of(0), magnitude);
}

function exponentBytes(exponent: number): Bytes {
  const value = exponent === 0 ? DEFAULT_EXPONENT : exponent;
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** SubjectPublicKeyInfo, DER. @throws TpmFormatError for a template without a key and for keyed hashes. */
export function toSpki(area: TpmtPublic): Bytes {
  if (area.type === 'keyedhash') {
    throw new TpmFormatError('unsupported', 'a keyed hash object has no public key', { got: area.type });
  }
  if (area.type === 'rsa') {
    if (area.modulus.length === 0) throw new TpmFormatError('malformed', 'RSA public area without a modulus');
    const key = der(0x30, derInteger(area.modulus), derInteger(exponentBytes(area.exponent)));
    return der(0x30, ALGORITHM.rsa, der(0x03, Uint8Array.of(0), key));
  }
  const length = coordinateLength(area.curve);
  if (area.x.length === 0 || (isZero(area.x) && isZero(area.y))) {
    throw new TpmFormatError('malformed', 'ECC public area without a point');
  }
  const point = concat(Uint8Array.of(0, 4), leftPad(area.x, length), leftPad(area.y, length));
  return der(0x30, ALGORITHM[area.curve], der(0x03, point));
}

/** Big-endian bytes with zeros in front, to the length of a field element. */
export function leftPad(bytes: Uint8Array, length: number): Bytes {
  if (bytes.length > length) {
    throw new TpmFormatError('malformed', 'number is longer than its field', {
      got: bytes.length,
      want: length,
    });
  }
  return concat(new Uint8Array(length - bytes.length), bytes);
}

/** The key of a SubjectPublicKeyInfo, without what only a TPM adds (attributes, policy, schemes). */
export type PublicKeyMaterial =
  | Pick<RsaPublic, 'type' | 'keyBits' | 'exponent' | 'modulus'>
  | Pick<EccPublic, 'type' | 'curve' | 'x' | 'y'>;

async function importAny(spki: Bytes) {
  const algorithms = [
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', namedCurve: 'P-384' },
  ];
  for (const algorithm of algorithms) {
    const key = await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']).catch(() => null);
    if (key !== null) return crypto.subtle.exportKey('jwk', key);
  }
  throw new TpmFormatError('unsupported', 'public key is neither RSA nor ECC P-256 or P-384');
}

/**
 * Reads RSA and ECC P-256 or P-384 keys. WebCrypto parses the DER.
 * @throws TpmFormatError `unsupported`
 */
export async function fromSpki(spki: Uint8Array): Promise<PublicKeyMaterial> {
  const jwk = await importAny(new Uint8Array(spki));
  if (jwk.kty === 'RSA') {
    const modulus = fromBase64url(jwk.n ?? '');
    const exponent = fromBase64url(jwk.e ?? '').reduce((value, byte) => value * 256 + byte, 0);
    // TPMS_RSA_PARMS has 32 bits for it, and 0 there means another number.
    if (exponent === 0 || exponent > MAX_EXPONENT) {
      throw new TpmFormatError('unsupported', 'RSA exponent', { got: exponent, want: DEFAULT_EXPONENT });
    }
    return {
      type: 'rsa',
      keyBits: 8 * modulus.length,
      exponent: exponent === DEFAULT_EXPONENT ? 0 : exponent,
      modulus,
    };
  }
  const curve: EccCurve = jwk.crv === 'P-384' ? 'p384' : 'p256';
  return { type: 'ecc', curve, x: fromBase64url(jwk.x ?? ''), y: fromBase64url(jwk.y ?? '') };
}
