export { createDataKey, dataKeyContext, type DataKeyPurpose } from './data-keys/data-key.ts';
export { DataKeyCache, type DataKeyCacheOptions } from './data-keys/data-key-cache.ts';
export { clusterIdOf, measurementSecretOf } from './derivation/cluster-identity.ts';
export {
  deriveClusterKey,
  KEY_SCHEMES,
  schemeOf,
  type AsterismKeys,
  type ClusterKeys,
  type KeyScheme,
} from './derivation/cluster-keys.ts';
export { generateClusterSecrets, type ClusterSecrets } from './derivation/cluster-secrets.ts';
export { constellationKeys, type ConstellationKeys } from './derivation/constellation.ts';
export {
  derive,
  KEY_PURPOSES,
  type ClusterRoot,
  type KeyName,
  type KeyPurpose,
} from './derivation/derive.ts';
export {
  importConstellation,
  parseConstellationMasterSecret,
  type ConstellationSecrets,
} from './derivation/import-constellation.ts';
export { resultSigningKey, type PublicSigningJwk, type SigningKey } from './derivation/result-signing.ts';
export {
  sshAuthorityKey,
  type SshAuthorityAlgorithm,
  type SshAuthorityKind,
} from './derivation/ssh-authority.ts';
export { KeysError, type KeysErrorCode } from './errors.ts';
export { KekError, type KekErrorCode } from './kek/kek-error.ts';
export {
  KEK_PROVIDER_KINDS,
  kekContextBytes,
  type KekCallOptions,
  type KekContext,
  type KekDescription,
  type KekProvider,
  type KekProviderKind,
  type WrappedKey,
} from './kek/kek-provider.ts';
export { createKek, openKek } from './seal/kek.ts';
export { kekSeal, type KekSealOptions } from './seal/kek-seal.ts';
export { keyFileSeal, type KeyFileSealOptions } from './seal/key-file-seal.ts';
export { openAnySlot, type SealSlot } from './seal/open-any-slot.ts';
export type { Seal, SealDescription, SealedSecret, SealKind } from './seal/seal.ts';
export { tpmSeal, type TpmSealOptions } from './seal/tpm-seal.ts';
export { opensClusterRoot, unwrapClusterRoot, wrapClusterRoot, type RandomSource } from './seal/wrap.ts';
export { wipe } from './wipe.ts';
