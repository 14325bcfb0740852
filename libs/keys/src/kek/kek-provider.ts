import { frame } from '@asterism/bytes';

/** Services that keep a KEK; each has a section of its own in the configuration. */
export const KEK_PROVIDER_KINDS = ['awskms', 'azurekms', 'gcpkms', 'vault', 'pkcs11', 'kmip'] as const;
export type KekProviderKind = (typeof KEK_PROVIDER_KINDS)[number];

/** What a wrapped key is bound to; a wrapped key that is moved to another place does not open there. */
export interface KekContext {
  /** UUID of the cluster, lower case; the nil UUID for what belongs to the platform. */
  readonly cluster: string;
  /** For example `state-disk/disk-1/3`. */
  readonly key: string;
}

/** A key under a provider's KEK: opaque, safe to store. */
export interface WrappedKey {
  /** The provider's own name of the KEK version that wrapped it: ARN, key identifier, version number. */
  readonly kekVersion: string;
  readonly ciphertext: Uint8Array;
}

/** What a provider says of its KEK. */
export interface KekDescription {
  readonly state: 'enabled' | 'disabled' | 'unknown';
  /** The version that wraps now. */
  readonly kekVersion: string;
  /** The provider's own name of the algorithm. */
  readonly algorithm: string;
}

export interface KekCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * One KEK of a key service. Implementations translate, and decide nothing: retries, deadlines and the check of what came
 * back are the façade's (libs/kek). All throw KekError and nothing else.
 */
export interface KekProvider {
  readonly kind: KekProviderKind;
  /** @param plaintext 16 to 96 bytes */
  wrap(plaintext: Uint8Array, context: KekContext, options?: KekCallOptions): Promise<WrappedKey>;
  /** @throws KekError `kek-ciphertext-wrong` where this KEK and context do not open it */
  unwrap(wrapped: WrappedKey, context: KekContext, options?: KekCallOptions): Promise<Uint8Array>;
  /** Asks the service; needs no permission to use the key. */
  describe(options?: KekCallOptions): Promise<KekDescription>;
  close(): Promise<void>;
}

/** The bytes that a provider with additional authenticated data is given. */
export function kekContextBytes({ cluster, key }: KekContext): Uint8Array {
  return frame('asterism/kek/v1', cluster, key);
}
