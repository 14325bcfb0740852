import { CodedError, type Outcome } from '@asterism/bytes';
import { ERROR_CODES, type ErrorCode, type Finding } from '@asterism/contracts';

export interface ProblemDetails {
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** Of the caller's own machine only (S33). */
  readonly findings?: readonly Finding[];
  /** Seconds; sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** Methods for `Allow`. */
  readonly allow?: readonly string[];
  readonly cause?: unknown;
}

/** What a caller is told. `message` is the public detail: nothing about others, no secret (S29, S33). */
export class ProblemError extends CodedError<ErrorCode> {
  readonly details: ProblemDetails;

  constructor(code: ErrorCode, detail: string, details: ProblemDetails = {}) {
    super(code, detail, details.cause === undefined ? {} : { cause: details.cause });
    this.details = details;
  }

  get status(): number {
    return ERROR_CODES[this.code];
  }

  get outcome(): Outcome {
    if (this.code === 'evidence-undecided') return 'undecided';
    if (this.status >= 500) return 'fault';
    return this.status === 400 || this.status === 413 || this.status === 415 ? 'input' : 'policy';
  }
}
