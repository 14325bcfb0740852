/**
 * Base of every error the platform raises on purpose. Each room declares a subclass with a closed union of codes,
 * so that a caller can switch over them and the compiler sees a missing case.
 *
 * `outcome` sorts errors by what a caller may conclude from them:
 * - `input`: the bytes or arguments are not well-formed;
 * - `genuine`: well-formed, but not proved to come from where it claims;
 * - `policy`: genuine, but not accepted here;
 * - `undecided`: something needed for a decision is missing or out of reach;
 * - `fault`: the environment failed (I/O, peer, device).
 */
export type Outcome = 'input' | 'genuine' | 'policy' | 'undecided' | 'fault';

export interface Mismatch {
  readonly got?: unknown;
  readonly want?: unknown;
}

export abstract class CodedError<Code extends string = string> extends Error {
  abstract readonly outcome: Outcome;
  readonly code: Code;
  readonly got: unknown;
  readonly want: unknown;

  constructor(code: Code, message: string, options: Mismatch & { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.got = options.got;
    this.want = options.want;
  }
}

/** Errors of the readers and decoders of this room. */
export type BytesErrorCode =
  | 'out-of-bounds'
  | 'trailing-bytes'
  | 'not-zero'
  | 'out-of-range'
  | 'invalid-hex'
  | 'invalid-base64'
  | 'invalid-base64url'
  | 'invalid-utf8'
  | 'not-canonical';

export class BytesError extends CodedError<BytesErrorCode> {
  readonly outcome = 'input';
}
