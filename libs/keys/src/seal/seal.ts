import type { PcrBank } from '@asterism/tpm';

export type SealKind = 'tpm' | 'kek' | 'key-file';

/** What a sealed secret is bound to: JSON, nothing secret in it, kept beside the sealed bytes. */
export type SealDescription =
  | {
      readonly kind: 'tpm';
      readonly bank: PcrBank;
      /** Ascending. */
      readonly pcrs: readonly number[];
      /** SHA-256 of the values that open it, in the order of `pcrs`; hexadecimal. */
      readonly pcrDigest: string;
    }
  | {
      readonly kind: 'kek';
      /** The provider's name in the configuration. */
      readonly provider: string;
      /** The provider's own name of the KEK version. */
      readonly kekVersion: string;
    }
  | { readonly kind: 'key-file' };

export interface SealedSecret {
  /** May be kept anywhere; carries all that its seal needs to open it. */
  readonly sealed: Uint8Array;
  readonly description: SealDescription;
}

/** Keeps one secret of the API (its KEK) bound to where the API runs, or to a service that it can reach. */
export interface Seal {
  readonly kind: SealKind;
  /**
   * @param secret 32 bytes
   * @throws KeysError `seal-unavailable`, `seal-options-invalid`
   */
  seal(secret: Uint8Array): Promise<SealedSecret>;
  /**
   * @throws KeysError `seal-wrong` where this is not the seal, machine or state it was made under; `seal-malformed` where
   * no seal of this kind made it; `seal-unavailable` where it cannot be known.
   */
  unseal(sealed: Uint8Array): Promise<Uint8Array>;
}
