import { copyBytes, type Bytes } from '@asterism/bytes';
import { ECDSA_OIDS, OID, RSA_PKCS1_OIDS } from '../certificate/algorithm.ts';
import { derBitString, derNull, derOid, derSequence } from '../der/writer.ts';
import { X509Error } from '../errors.ts';
import { ecdsaRawToDer } from '../signature/ecdsa.ts';
import type { Curve } from '../signature/public-key.ts';
import type { CryptoKey } from '../webcrypto.ts';

/** What each curve's strength asks of the hash (RFC 5480 §4). */
const CURVE_HASHES = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' } as const;

interface Signing {
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Bytes;
  readonly sign: (data: Uint8Array) => Promise<Bytes>;
}

/**
 * How a private key signs: ECDSA with the hash of its curve, RSASSA-PKCS1-v1_5 with its own, Ed25519.
 * @throws X509Error `argument-invalid` on any other key, or one that may not sign.
 */
export function signingOf(key: CryptoKey): Signing {
  if (key.type !== 'private' || !key.usages.includes('sign')) {
    throw new X509Error('argument-invalid', 'not a private key that may sign', { got: key.type });
  }
  const { name } = key.algorithm;
  if (name === 'ECDSA') {
    const curve = (key.algorithm as { readonly name: string; readonly namedCurve: Curve }).namedCurve;
    const hash = CURVE_HASHES[curve];
    return {
      algorithm: derSequence(derOid(ECDSA_OIDS[hash])),
      sign: async (data) => ecdsaRawToDer(await raw({ name, hash }, key, data), curve),
    };
  }
  if (name === 'RSASSA-PKCS1-v1_5') {
    const { hash } = key.algorithm as { readonly name: string; readonly hash: { readonly name: string } };
    if (hash.name !== 'SHA-256' && hash.name !== 'SHA-384' && hash.name !== 'SHA-512') {
      throw new X509Error('argument-invalid', 'hash is not used to sign', { got: hash.name });
    }
    const algorithm = derSequence(derOid(RSA_PKCS1_OIDS[hash.name]), derNull());
    return { algorithm, sign: (data) => raw({ name }, key, data) };
  }
  if (name === 'Ed25519') {
    return { algorithm: derSequence(derOid(OID.ed25519)), sign: (data) => raw({ name }, key, data) };
  }
  throw new X509Error('argument-invalid', 'key algorithm is not used to sign', { got: name });
}

/** `SEQUENCE { tbs, algorithm, signature }`: the shape of certificates, lists and requests alike. */
export async function signStructure(tbs: Uint8Array, key: CryptoKey): Promise<Bytes> {
  const { algorithm, sign } = signingOf(key);
  return derSequence(tbs, algorithm, derBitString(await sign(tbs)));
}

async function raw(
  algorithm: { readonly name: string; readonly hash?: string },
  key: CryptoKey,
  data: Uint8Array,
): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, copyBytes(data)));
}
