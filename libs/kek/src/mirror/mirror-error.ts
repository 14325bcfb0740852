import { CodedError, type Mismatch } from '@asterism/bytes';

export type MirrorErrorCode =
  | 'mirror-unreachable'
  | 'mirror-throttled'
  /** Credentials missing, refused, or without the permission. */
  | 'mirror-denied'
  /** No such bucket or container. */
  | 'mirror-unknown'
  /** What came back is not what was asked for. */
  | 'mirror-response-invalid';

const RETRY: Readonly<Record<MirrorErrorCode, boolean>> = {
  'mirror-unreachable': true,
  'mirror-throttled': true,
  'mirror-denied': false,
  'mirror-unknown': false,
  'mirror-response-invalid': true,
};

/** The second copy could not be written or read; the first is in the database and is not touched by it. */
export class MirrorError extends CodedError<MirrorErrorCode> {
  readonly outcome = 'undecided';
  readonly retry: boolean;
  /** Seconds that the service asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(code: MirrorErrorCode, message: string, options: Mismatch & { retryAfter?: number } = {}) {
    super(code, message, options);
    this.retry = RETRY[code];
    this.retryAfter = options.retryAfter;
  }
}
