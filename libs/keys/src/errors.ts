import { CodedError, type Mismatch, type Outcome } from '@asterism/bytes';

export type KeysErrorCode =
  | 'derivation-invalid'
  /** A name that the scheme keeps for itself. */
  | 'key-id-reserved'
  | 'master-secret-invalid'
  /** Not the seal, machine, state, KEK or context that it was made under. */
  | 'seal-wrong'
  | 'seal-malformed'
  /** This TPM cannot seal to these PCRs or values. */
  | 'seal-options-invalid'
  /** What keeps the seal does not answer. Nothing is known of the sealed key. */
  | 'seal-unavailable'
  | 'key-file-not-allowed'
  | 'key-file-mode'
  | 'key-file-invalid';

const OUTCOMES: Readonly<Record<KeysErrorCode, Outcome>> = {
  'derivation-invalid': 'fault',
  'key-id-reserved': 'input',
  'master-secret-invalid': 'input',
  'seal-wrong': 'fault',
  'seal-malformed': 'fault',
  'seal-options-invalid': 'input',
  'seal-unavailable': 'undecided',
  'key-file-not-allowed': 'fault',
  'key-file-mode': 'fault',
  'key-file-invalid': 'fault',
};

/** Derivation, wrapping and sealing. No message carries key material. */
export class KeysError extends CodedError<KeysErrorCode> {
  readonly outcome: Outcome;

  constructor(code: KeysErrorCode, message: string, options: Mismatch & { cause?: unknown } = {}) {
    super(code, message, options);
    this.outcome = OUTCOMES[code];
  }
}
