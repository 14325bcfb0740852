import { CodedError } from '@asterism/bytes';

export type KeysErrorCode =
  | 'derivation-invalid'
  | 'seal-wrong'
  | 'seal-malformed'
  | 'seal-unavailable'
  | 'key-file-not-allowed'
  | 'key-file-mode'
  | 'key-file-invalid';

/** Derivation, wrapping and sealing. No message carries key material. */
export class KeysError extends CodedError<KeysErrorCode> {
  readonly outcome = 'fault';
}
