export { clusterIdOf, measurementSecretOf } from './cluster-identity.ts';
export { derive, KEY_PURPOSES, type ClusterRoot, type KeyName, type KeyPurpose } from './derive.ts';
export { KeysError, type KeysErrorCode } from './errors.ts';
export type { Seal } from './seal.ts';
