import { X509Error } from '../errors.ts';
import type { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG, tagName } from '../der/tag.ts';

export type SignatureHash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** A signature algorithm with its parameters decoded. What is decoded is not thereby accepted. */
export type SignatureAlgorithm =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: SignatureHash }
  | {
      readonly kind: 'rsa-pss';
      readonly hash: SignatureHash;
      readonly maskHash: SignatureHash;
      /** Octets. */
      readonly saltLength: number;
      readonly trailerField: number;
    }
  | { readonly kind: 'ecdsa'; readonly hash: SignatureHash }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'unknown'; readonly oid: string };

export const OID = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  ecPublicKey: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
} as const;

/** RFC 4055 §5, RFC 8017 §A.2.4. */
const RSA_PKCS1: Readonly<Record<string, SignatureHash>> = {
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.113549.1.1.11': 'SHA-256',
  '1.2.840.113549.1.1.12': 'SHA-384',
  '1.2.840.113549.1.1.13': 'SHA-512',
};

/** RFC 5758 §3.2. */
const ECDSA: Readonly<Record<string, SignatureHash>> = {
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10045.4.3.2': 'SHA-256',
  '1.2.840.10045.4.3.3': 'SHA-384',
  '1.2.840.10045.4.3.4': 'SHA-512',
};

const HASHES: Readonly<Record<string, SignatureHash>> = {
  '1.3.14.3.2.26': 'SHA-1',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

export const RSA_PKCS1_OIDS = reverse(RSA_PKCS1);
export const ECDSA_OIDS = reverse(ECDSA);

/** AlgorithmIdentifier of a signature. @throws X509Error `certificate-malformed` on parameters that do not fit. */
export function readSignatureAlgorithm(reader: DerReader): SignatureAlgorithm {
  const fields = reader.enter(TAG.sequence);
  const oid = fields.oid();
  const rsaHash = RSA_PKCS1[oid];
  if (rsaHash !== undefined) {
    // RFC 4055 §5: NULL, and absent is to be understood as well.
    if (!fields.atEnd) fields.null();
    fields.expectEnd();
    return { kind: 'rsa-pkcs1', hash: rsaHash };
  }
  const ecdsaHash = ECDSA[oid];
  if (ecdsaHash !== undefined) {
    refuseParameters(fields, 'ECDSA', 'RFC 5758 §3.2');
    return { kind: 'ecdsa', hash: ecdsaHash };
  }
  if (oid === OID.ed25519) {
    refuseParameters(fields, 'Ed25519', 'RFC 8410 §3');
    return { kind: 'ed25519' };
  }
  if (oid === OID.rsaPss) {
    const pss = readPssParameters(fields);
    fields.expectEnd();
    return pss;
  }
  return { kind: 'unknown', oid };
}

/** Others write NULL here (Gramine's RA-TLS certificates), and lenient readers let it pass: one value, two encodings. */
function refuseParameters(fields: DerReader, algorithm: string, rule: string): void {
  if (fields.atEnd) return;
  throw new X509Error('certificate-malformed', `${algorithm} has parameters, which ${rule} forbids`, {
    got: tagName(fields.nextTag ?? 0),
    want: 'absent',
  });
}

/**
 * RSASSA-PSS-params (RFC 4055 §3.1). A default written out is tolerated, because AMD's roots write `trailerField`.
 */
export function readPssParameters(fields: DerReader): Extract<SignatureAlgorithm, { kind: 'rsa-pss' }> {
  const parameters = fields.enter(TAG.sequence);
  const hash = parameters.enterOptional(contextConstructed(0));
  const hashName = hash === undefined ? 'SHA-1' : readHash(hash);
  hash?.expectEnd();
  const mask = parameters.enterOptional(contextConstructed(1));
  const maskHash = mask === undefined ? 'SHA-1' : readMaskHash(mask);
  mask?.expectEnd();
  const salt = parameters.enterOptional(contextConstructed(2));
  const saltLength = salt === undefined ? 20 : salt.smallInteger();
  salt?.expectEnd();
  const trailer = parameters.enterOptional(contextConstructed(3));
  const trailerField = trailer === undefined ? 1 : trailer.smallInteger();
  trailer?.expectEnd();
  parameters.expectEnd();
  return { kind: 'rsa-pss', hash: hashName, maskHash, saltLength, trailerField };
}

function readMaskHash(reader: DerReader): SignatureHash {
  const fields = reader.enter(TAG.sequence);
  const oid = fields.oid();
  if (oid !== OID.mgf1) {
    throw new X509Error('certificate-malformed', 'unknown mask generation function', {
      got: oid,
      want: OID.mgf1,
    });
  }
  const hash = readHash(fields);
  fields.expectEnd();
  return hash;
}

function readHash(reader: DerReader): SignatureHash {
  const fields = reader.enter(TAG.sequence);
  const oid = fields.oid();
  if (!fields.atEnd) fields.null();
  fields.expectEnd();
  const hash = HASHES[oid];
  if (hash === undefined)
    throw new X509Error('certificate-malformed', 'unknown hash algorithm', { got: oid });
  return hash;
}

function reverse(table: Readonly<Record<string, SignatureHash>>): Readonly<Record<SignatureHash, string>> {
  const entries = Object.entries(table).map(([oid, hash]) => [hash, oid] as const);
  return Object.fromEntries(entries) as Record<SignatureHash, string>;
}
