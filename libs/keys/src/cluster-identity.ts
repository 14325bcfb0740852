import { utf8 } from '@asterism/bytes';
import { derive, hkdf, requireSecret, type ClusterRoot } from './derive.ts';

const CLUSTER_ID_LABEL = 'asterism/cluster-id/v1';

/** The secret a ticket carries, so that a node can compute its cluster's identity itself: derive(`measurement`, '', 1, 32). */
export function measurementSecretOf(cluster: ClusterRoot): Uint8Array {
  return derive(cluster, { purpose: 'measurement', id: '', version: 1 }, 32);
}

/**
 * `clusterId` of protocol §5: HKDF-SHA256(measurement secret, measurement salt, "asterism/cluster-id/v1", 32).
 * Its hash is what the lock extends into PCR 15 (`lockDigest` of libs/attestation).
 * @throws KeysError `derivation-invalid` unless both are 32 bytes.
 */
export function clusterIdOf(measurement: {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
}): Uint8Array {
  requireSecret(measurement.secret, 'measurement secret');
  requireSecret(measurement.salt, 'measurement salt');
  return hkdf(measurement.secret, measurement.salt, utf8(CLUSTER_ID_LABEL), 32);
}
