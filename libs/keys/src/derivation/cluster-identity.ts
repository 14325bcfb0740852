import { utf8 } from '@asterism/bytes';
import { deriveClusterKey, type ClusterKeys, type KeyScheme } from './cluster-keys.ts';
import { constellationClusterId } from './constellation.ts';
import { hkdf, requireSecret } from './derive.ts';

const CLUSTER_ID_LABEL = 'asterism/cluster-id/v1';

/** The secret a ticket carries, so that a node can compute its cluster's identity itself: key `measurement`, '', 1 of 32 bytes. */
export function measurementSecretOf(keys: ClusterKeys): Uint8Array {
  return deriveClusterKey(keys, { purpose: 'measurement', id: '', version: 1 }, 32);
}

/**
 * `clusterId` of protocol §5: HKDF-SHA256(measurement secret, measurement salt, "asterism/cluster-id/v1", 32); under scheme
 * `constellation` with "key-clusterID". Its hash is what the lock extends into PCR 15 (`lockDigest` of libs/attestation).
 * @throws KeysError `derivation-invalid` unless both are 32 bytes.
 */
export function clusterIdOf(
  measurement: { readonly secret: Uint8Array; readonly salt: Uint8Array },
  scheme: KeyScheme = 'asterism',
): Uint8Array {
  const { secret, salt } = measurement;
  requireSecret(secret, 'measurement secret');
  requireSecret(salt, 'measurement salt');
  return scheme === 'asterism'
    ? hkdf(secret, salt, utf8(CLUSTER_ID_LABEL), 32)
    : constellationClusterId(secret, salt);
}
