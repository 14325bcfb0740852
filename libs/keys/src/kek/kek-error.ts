import { CodedError, type Mismatch, type Outcome } from '@asterism/bytes';

export type KekErrorCode =
  /** No connection, no name, no answer in time. */
  | 'kek-unreachable'
  | 'kek-throttled'
  /** Disabled, scheduled for deletion, destroyed. */
  | 'kek-disabled'
  /** The service knows no such key. */
  | 'kek-unknown'
  /** Credentials missing, refused, or without the permission. */
  | 'kek-denied'
  | 'kek-wrong-region'
  /** What came back is not what was asked for: checksum, length, key name. */
  | 'kek-response-invalid'
  /** Not wrapped by this key, or for another context, or altered. */
  | 'kek-ciphertext-wrong'
  | 'kek-configuration-invalid';

/** `retry`: it can be different in a moment without anybody mending anything. */
const KINDS: Readonly<Record<KekErrorCode, { readonly outcome: Outcome; readonly retry: boolean }>> = {
  'kek-unreachable': { outcome: 'undecided', retry: true },
  'kek-throttled': { outcome: 'undecided', retry: true },
  'kek-disabled': { outcome: 'undecided', retry: false },
  'kek-unknown': { outcome: 'undecided', retry: false },
  'kek-denied': { outcome: 'undecided', retry: false },
  'kek-wrong-region': { outcome: 'undecided', retry: false },
  'kek-response-invalid': { outcome: 'undecided', retry: true },
  'kek-ciphertext-wrong': { outcome: 'fault', retry: false },
  'kek-configuration-invalid': { outcome: 'input', retry: false },
};

/** What a key service answered, or did not. No message carries key material or credentials. */
export class KekError extends CodedError<KekErrorCode> {
  readonly outcome: Outcome;
  readonly retry: boolean;
  /** Seconds that the service asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    code: KekErrorCode,
    message: string,
    options: Mismatch & { cause?: unknown; retryAfter?: number } = {},
  ) {
    super(code, message, options);
    this.outcome = KINDS[code].outcome;
    this.retry = KINDS[code].retry;
    this.retryAfter = options.retryAfter;
  }
}
