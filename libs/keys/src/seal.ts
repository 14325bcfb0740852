/**
 * Keeps one secret of the API (its KEK) bound to where the API runs. Implementations: the TPM's PCR policy, a
 * developer's key file; an external KMS comes with the key providers.
 */
export interface Seal {
  readonly kind: 'tpm' | 'key-file';
  /** @param secret 32 bytes */
  seal(secret: Uint8Array): Promise<Uint8Array>;
  /** @throws KeysError `seal-wrong` where this is not the seal, machine or state it was made under. */
  unseal(sealed: Uint8Array): Promise<Uint8Array>;
}
