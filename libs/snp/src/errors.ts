import { BytesError, CodedError } from '@asterism/bytes';

/** The bytes are not a report, table or endorsement certificate of a kind that is known. */
export type SnpInputErrorCode =
  | 'report-malformed'
  | 'version-unsupported'
  | 'product-unknown'
  | 'certificate-fields-malformed'
  | 'certificate-table-malformed';

export class SnpInputError extends CodedError<SnpInputErrorCode> {
  readonly outcome = 'input';
}

/** One thing that speaks against a report. */
export interface SnpFinding {
  readonly code: SnpErrorCode;
  readonly message: string;
  readonly got?: unknown;
  readonly want?: unknown;
  readonly cause?: unknown;
}

export type SnpErrorCode =
  | 'chain-refused'
  | 'algorithm-refused'
  | 'certificate-names'
  | 'certificate-fields-malformed'
  | 'signature-invalid'
  | 'report-unsigned'
  | 'signing-key-mismatch'
  | 'product-mismatch'
  | 'tcb-mismatch'
  | 'chip-id-mismatch';

/** Well-formed, but not proved to come from an AMD processor. Carries everything that was found, not only the first. */
export class SnpError extends CodedError<SnpErrorCode> {
  readonly outcome = 'genuine';
  readonly findings: readonly SnpFinding[];

  constructor(findings: readonly [SnpFinding, ...SnpFinding[]]) {
    const [{ code, message, got, want, cause }] = findings;
    super(code, message, { got, want, cause });
    this.findings = Object.freeze([...findings]);
  }
}

/** Turns what the bytes room says of a structure inside into this room's error. */
export function asSnpInputError<T>(code: SnpInputErrorCode, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    const { message, got, want } = cause;
    throw new SnpInputError(code, message, { got, want, cause });
  }
}
