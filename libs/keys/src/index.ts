export { clusterIdOf, measurementSecretOf } from './cluster-identity.ts';
export { generateClusterSecrets, type ClusterSecrets } from './cluster-secrets.ts';
export { derive, KEY_PURPOSES, type ClusterRoot, type KeyName, type KeyPurpose } from './derive.ts';
export { KeysError, type KeysErrorCode } from './errors.ts';
export { createKek, openKek } from './kek.ts';
export { KekError, type KekErrorCode } from './kek-error.ts';
export {
  KEK_PROVIDER_KINDS,
  kekContextBytes,
  type KekCallOptions,
  type KekContext,
  type KekDescription,
  type KekProvider,
  type KekProviderKind,
  type WrappedKey,
} from './kek-provider.ts';
export { keyFileSeal, type KeyFileSealOptions } from './key-file-seal.ts';
export { resultSigningKey, type PublicSigningJwk, type SigningKey } from './result-signing.ts';
export type { Seal } from './seal.ts';
export { tpmSeal } from './tpm-seal.ts';
export { unwrapClusterRoot, wrapClusterRoot, type RandomSource } from './wrap.ts';
