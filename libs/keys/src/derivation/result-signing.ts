import { sha256, toBase64url, toHex, utf8, canonicalJson } from '@asterism/bytes';
import { createECDH } from 'node:crypto';
import { derive, type ClusterRoot } from './derive.ts';

/** Order of P-256, SP 800-186 §3.2.1.3. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export interface PublicSigningJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly alg: 'ES256';
  readonly use: 'sig';
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}
export interface SigningKey {
  readonly public: PublicSigningJwk;
  readonly private: PublicSigningJwk & { readonly d: string };
}

/**
 * The cluster's P-256 key for attestation results: derive(`result-signing`, '', version, 48), made a scalar by extra
 * random bits (FIPS 186-5 A.2.1: d = c mod (n − 1) + 1; 48 bytes are 128 bits more than n, 64 are asked for).
 */
export async function resultSigningKey(cluster: ClusterRoot, version: number): Promise<SigningKey> {
  return toP256SigningKey(derive(cluster, { purpose: 'result-signing', id: '', version }, 48));
}

/** @param bits 48 bytes, big-endian */
async function toP256SigningKey(bits: Uint8Array): Promise<SigningKey> {
  const scalar = (BigInt(`0x${toHex(bits)}`) % (P256_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const coordinates = {
    crv: 'P-256',
    kty: 'EC',
    x: toBase64url(point.subarray(1, 33)),
    y: toBase64url(point.subarray(33, 65)),
  } as const;
  const kid = toBase64url(await sha256(utf8(canonicalJson(coordinates))));
  const jwk: PublicSigningJwk = { ...coordinates, alg: 'ES256', use: 'sig', kid };
  return { public: jwk, private: { ...jwk, d: toBase64url(d) } };
}
