import { frame, utf8 } from '@asterism/bytes';
import { hkdfSync } from 'node:crypto';
import { KeysError } from '../errors.ts';

/** Closed set of protocol §5; a name in one purpose never collides with a name in another (S19). */
export const KEY_PURPOSES = [
  'state-disk',
  'volume',
  'object-store',
  'measurement',
  'ssh-user-ca',
  'ssh-host-ca',
  'cluster-ca',
  'result-signing',
] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

const KEY_LABEL = utf8('asterism/key/v1');
const PURPOSE_BYTES: ReadonlyMap<string, Uint8Array> = new Map(
  KEY_PURPOSES.map((purpose) => [purpose, utf8(purpose)]),
);
const MAX_LENGTH = 64;

/** Secrets of one cluster: both 32 bytes. The salt is not secret, but belongs to the root. */
export interface ClusterRoot {
  readonly root: Uint8Array;
  readonly salt: Uint8Array;
}

export interface KeyName {
  readonly purpose: KeyPurpose;
  /** UTF-8, any text; `''` where a cluster has one key of the purpose. */
  readonly id: string;
  /** From 1; 4 bytes big-endian in the derivation. */
  readonly version: number;
}

/**
 * `derive(purpose, id, version, length)` of protocol §5:
 * HKDF-SHA256(root, cluster salt, frame("asterism/key/v1", purpose, id, version), length).
 * @param length bytes, 16 to 64
 * @throws KeysError `derivation-invalid` on an unknown purpose, a version outside 1…2³²−1 or a wrong length.
 */
export function derive(cluster: ClusterRoot, name: KeyName, length: number): Uint8Array {
  requireKeyName(name);
  requireLength(length);
  requireSecret(cluster.root, 'cluster root');
  requireSecret(cluster.salt, 'cluster salt');
  const { purpose, id, version } = name;
  const versionBytes = Uint8Array.of(version >>> 24, version >>> 16, version >>> 8, version);
  return hkdf(
    cluster.root,
    cluster.salt,
    frame(KEY_LABEL, PURPOSE_BYTES.get(purpose) ?? purpose, id, versionBytes),
    length,
  );
}

/** HKDF-SHA256 (RFC 5869), extract and expand. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
}

export function requireKeyName({ purpose, id, version }: KeyName): void {
  if (!PURPOSE_BYTES.has(purpose)) {
    throw new KeysError('derivation-invalid', 'unknown purpose', { got: purpose, want: KEY_PURPOSES });
  }
  if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) {
    throw new KeysError('derivation-invalid', 'version is not a 32-bit number from 1', { got: version });
  }
  if (!id.isWellFormed()) throw new KeysError('derivation-invalid', 'id is not well-formed text');
}

export function requireLength(length: number): void {
  if (!Number.isInteger(length) || length < 16 || length > MAX_LENGTH) {
    throw new KeysError('derivation-invalid', 'length is not within 16 to 64 bytes', { got: length });
  }
}

export function requireSecret(bytes: Uint8Array, what: string): void {
  if (bytes.length !== 32) {
    throw new KeysError('derivation-invalid', `${what} is not 32 bytes`, { got: bytes.length, want: 32 });
  }
}
