import { sha256, toBase64url, utf8, canonicalJson } from '@asterism/bytes';
import { derive, type ClusterRoot } from './derive.ts';
import { P256_SEED_BYTES, toP256KeyPair } from './p256-scalar.ts';

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

/** The cluster's P-256 key for attestation results: derive(`result-signing`, '', version, 48), made a scalar. */
export async function resultSigningKey(cluster: ClusterRoot, version: number): Promise<SigningKey> {
  return toP256SigningKey(derive(cluster, { purpose: 'result-signing', id: '', version }, P256_SEED_BYTES));
}

/** @param seed 48 bytes, big-endian */
async function toP256SigningKey(seed: Uint8Array): Promise<SigningKey> {
  const { d, x, y } = toP256KeyPair(seed);
  const coordinates = { crv: 'P-256', kty: 'EC', x: toBase64url(x), y: toBase64url(y) } as const;
  const kid = toBase64url(await sha256(utf8(canonicalJson(coordinates))));
  const jwk: PublicSigningJwk = { ...coordinates, alg: 'ES256', use: 'sig', kid };
  return { public: jwk, private: { ...jwk, d: toBase64url(d) } };
}
