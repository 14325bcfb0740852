import { type Bytes } from '@asterism/bytes';
import { OID, readPssParameters, type SignatureAlgorithm } from '../certificate/algorithm.ts';
import { DerReader } from '../der/reader.ts';
import { TAG } from '../der/tag.ts';
import { derBitString, derNull, derOid, derSequence } from '../der/writer.ts';
import { X509Error } from '../errors.ts';

export type Curve = 'P-256' | 'P-384' | 'P-521';

/** Named curves of RFC 5480 §2.1.1.1 with the length of one coordinate in bytes. */
export const CURVES: Readonly<Record<Curve, { readonly oid: string; readonly bytes: number }>> = {
  'P-256': { oid: '1.2.840.10045.3.1.7', bytes: 32 },
  'P-384': { oid: '1.3.132.0.34', bytes: 48 },
  'P-521': { oid: '1.3.132.0.35', bytes: 66 },
};

export type PublicKey =
  | {
      readonly kind: 'rsa';
      readonly bits: number;
      readonly modulus: Bytes;
      readonly exponent: number;
      /** SubjectPublicKeyInfo under `rsaEncryption`, which is the only one that WebCrypto imports. */
      readonly spki: Bytes;
      /** Set when the key itself says RSASSA-PSS (RFC 4055 §1.2); `parameters` undefined is "any". */
      readonly pssOnly:
        { readonly parameters: Extract<SignatureAlgorithm, { kind: 'rsa-pss' }> | undefined } | undefined;
    }
  | { readonly kind: 'ec'; readonly curve: Curve; readonly spki: Bytes }
  | { readonly kind: 'ed25519'; readonly spki: Bytes }
  | { readonly kind: 'unknown'; readonly oid: string; readonly spki: Bytes };

/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Whether an EC point is on its curve is left to WebCrypto's import.
 * @throws X509Error `der-*`, `key-malformed`
 */
export function parsePublicKey(spki: Uint8Array): PublicKey {
  const fields = DerReader.of(spki).enter(TAG.sequence);
  const algorithm = fields.enter(TAG.sequence);
  const oid = algorithm.oid();
  const whole = new Uint8Array(spki);
  if (oid === OID.rsaEncryption || oid === OID.rsaPss) {
    let pssOnly: { parameters: Extract<SignatureAlgorithm, { kind: 'rsa-pss' }> | undefined } | undefined;
    if (oid === OID.rsaPss)
      pssOnly = { parameters: algorithm.atEnd ? undefined : readPssParameters(algorithm) };
    else algorithm.null();
    algorithm.expectEnd();
    return { kind: 'rsa', pssOnly, ...readRsaKey(fields) };
  }
  if (oid === OID.ecPublicKey) {
    const curve = curveOf(algorithm.oid());
    algorithm.expectEnd();
    const point = fields.bitStringOctets();
    fields.expectEnd();
    if (point[0] !== 0x04 || point.length !== 1 + 2 * CURVES[curve].bytes) {
      throw new X509Error('key-malformed', 'point is not uncompressed or has a wrong length', {
        got: point.length,
      });
    }
    return { kind: 'ec', curve, spki: whole };
  }
  if (oid === OID.ed25519) {
    algorithm.expectEnd();
    const length = fields.bitStringOctets().length;
    fields.expectEnd();
    if (length !== 32)
      throw new X509Error('key-malformed', 'Ed25519 key has a wrong length', { got: length, want: 32 });
    return { kind: 'ed25519', spki: whole };
  }
  return { kind: 'unknown', oid, spki: whole };
}

function readRsaKey(fields: DerReader): {
  readonly bits: number;
  readonly modulus: Bytes;
  readonly exponent: number;
  readonly spki: Bytes;
} {
  const encoded = fields.bitStringOctets();
  fields.expectEnd();
  const key = DerReader.of(encoded).enter(TAG.sequence);
  const modulus = key.unsignedInteger();
  const exponent = key.smallInteger();
  key.expectEnd();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (((modulus.at(-1) ?? 0) & 1) === 0 || exponent < 3 || exponent % 2 === 0) {
    throw new X509Error('key-malformed', 'RSA modulus or exponent is even or too small', { got: exponent });
  }
  const spki = derSequence(derSequence(derOid(OID.rsaEncryption), derNull()), derBitString(encoded));
  return { bits, modulus, exponent, spki };
}

function curveOf(oid: string): Curve {
  for (const [curve, parameters] of Object.entries(CURVES)) {
    if (parameters.oid === oid) return curve as Curve;
  }
  throw new X509Error('key-malformed', 'unknown elliptic curve', { got: oid });
}
