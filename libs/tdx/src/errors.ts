import { CodedError, type Mismatch } from '@asterism/bytes';

/** The bytes or texts are not what they should be; says nothing about who made them. */
export type TdxFormatErrorCode =
  | 'quote-malformed'
  | 'version-unsupported'
  | 'not-tdx'
  | 'key-type-unsupported'
  | 'quoting-enclave-unknown'
  | 'body-type-unsupported'
  | 'certification-data-unsupported'
  | 'pck-malformed'
  | 'collateral-malformed'
  | 'argument-invalid';

export class TdxFormatError extends CodedError<TdxFormatErrorCode> {
  readonly outcome = 'input';
}

/** Well-formed, but not proved to come from a TDX platform of Intel's. */
export type TdxNotGenuineErrorCode =
  | 'quote-signature'
  | 'attestation-key-invalid'
  | 'attestation-key-unbound'
  | 'qe-report-signature'
  | 'qe-report-reserved'
  | 'pck-chain'
  | 'pck-crl'
  | 'pck-crl-issuer'
  | 'root-crl'
  | 'root-crl-issuer'
  | 'collateral-signer'
  | 'tcb-info-signature'
  | 'tcb-info-mismatch'
  | 'qe-identity-signature'
  | 'qe-identity-mismatch'
  | 'module-mismatch';

export class TdxNotGenuineError extends CodedError<TdxNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

/** Genuine, and accepted nowhere, whatever a policy says. */
export type TdxRefusedErrorCode = 'debug' | 'reserved-attributes' | 'reserved-xfam' | 'tcb-status';

export class TdxRefusedError extends CodedError<TdxRefusedErrorCode> {
  readonly outcome = 'policy';
}

/** What Intel publishes and a quote is judged by. */
export type TdxCollateralPart = 'root-crl' | 'pck-crl' | 'tcb-info' | 'qe-identity';

export type TdxUndecidedErrorCode = 'collateral-missing' | 'collateral-expired' | 'collateral-not-yet-valid';

/** Nothing speaks against the quote, but what would settle it is missing or stale. */
export class TdxUndecidedError extends CodedError<TdxUndecidedErrorCode> {
  readonly outcome = 'undecided';
  /** All that must be brought, or brought anew. */
  readonly missing: readonly TdxCollateralPart[];

  constructor(
    code: TdxUndecidedErrorCode,
    missing: readonly TdxCollateralPart[],
    message: string,
    options: Mismatch & { cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.missing = Object.freeze([...missing]);
  }
}
