import { CodedError } from '@asterism/bytes';

export type RecoveryErrorCode =
  /** Threshold, number or names of a new set. */
  | 'recovery-set-invalid'
  /** Not an age X25519 recipient. */
  | 'recovery-recipient-invalid'
  /** Not an age X25519 identity. */
  | 'recovery-identity-invalid'
  /** Encrypted to somebody else. */
  | 'recovery-identity-wrong'
  /** Not a share, or damaged on its way. */
  | 'recovery-share-malformed'
  /** Of another set, cluster or platform. */
  | 'recovery-share-foreign'
  /** Not the share of this set that it says it is. */
  | 'recovery-share-wrong'
  | 'recovery-share-repeated'
  /** Fewer than the threshold. */
  | 'recovery-shares-missing'
  /** The shares give another secret than the set was made of. */
  | 'recovery-secret-wrong';

/** What was given does not recover. No message carries a share, an identity or a secret. */
export class RecoveryError extends CodedError<RecoveryErrorCode> {
  readonly outcome = 'input';
}
