import { toBase64url } from '@asterism/bytes';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { wipe } from '../wipe.ts';
import { deriveClusterKey, type ClusterKeys } from './cluster-keys.ts';
import type { KeyName } from './derive.ts';
import { P256_SEED_BYTES, toP256KeyPair } from './p256-scalar.ts';

/** `emergency` is for certificates that are made offline, after recovery (docs/decisions/008). */
export type SshAuthorityKind = 'user' | 'host' | 'emergency';
export type SshAuthorityAlgorithm = 'ed25519' | 'ecdsa-p256';

/** Purpose and id by kind; the two algorithms of one version have nothing in common. */
const NAMES = {
  user: { purpose: 'ssh-user-ca', id: { ed25519: '', 'ecdsa-p256': 'ecdsa-p256' } },
  host: { purpose: 'ssh-host-ca', id: { ed25519: '', 'ecdsa-p256': 'ecdsa-p256' } },
  emergency: { purpose: 'ssh-user-ca', id: { ed25519: 'emergency', 'ecdsa-p256': 'emergency-ecdsa-p256' } },
} as const;

/** RFC 8410 §7: PKCS#8 of an Ed25519 key, up to its 32 bytes. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The private key of an SSH authority of a cluster: Ed25519 from 32 derived bytes (RFC 8032 §5.1.5), or P-256 from 48.
 * @param version from 1
 * @throws KeysError `derivation-invalid`
 */
export function sshAuthorityKey(
  keys: ClusterKeys,
  kind: SshAuthorityKind,
  version: number,
  algorithm: SshAuthorityAlgorithm,
): KeyObject {
  const { purpose, id } = NAMES[kind];
  const name: KeyName = { purpose, id: id[algorithm], version };
  const seed = deriveClusterKey(keys, name, algorithm === 'ed25519' ? 32 : P256_SEED_BYTES);
  try {
    return algorithm === 'ed25519' ? toEd25519(seed) : toP256(seed);
  } finally {
    wipe(seed);
  }
}

function toEd25519(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([ED25519_PKCS8, seed]);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } finally {
    wipe(key);
  }
}

function toP256(seed: Uint8Array): KeyObject {
  const { d, x, y } = toP256KeyPair(seed);
  const jwk = { kty: 'EC', crv: 'P-256', d: toBase64url(d), x: toBase64url(x), y: toBase64url(y) };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}
