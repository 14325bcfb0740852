import { CodedError } from '@asterism/bytes';

/** The bytes or texts are not what they should be; says nothing about who made them. */
export type TdxFormatErrorCode =
  | 'quote-malformed'
  | 'version-unsupported'
  | 'not-tdx'
  | 'key-type-unsupported'
  | 'quoting-enclave-unknown'
  | 'body-type-unsupported'
  | 'certification-data-unsupported'
  | 'trailing-bytes'
  | 'pck-malformed'
  | 'collateral-malformed'
  | 'argument-invalid';

export class TdxFormatError extends CodedError<TdxFormatErrorCode> {
  readonly outcome = 'input';
}

/** Well-formed, but not proved to come from a TDX platform of Intel's. */
export type TdxNotGenuineErrorCode =
  | 'quote-signature'
  | 'attestation-key-unbound'
  | 'qe-report-signature'
  | 'pck-chain'
  | 'collateral-signer'
  | 'pck-crl-issuer'
  | 'root-crl-issuer'
  | 'tcb-info-signature'
  | 'tcb-info-mismatch'
  | 'qe-identity-signature'
  | 'qe-identity-mismatch'
  | 'module-mismatch';

export class TdxNotGenuineError extends CodedError<TdxNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

/** Genuine, and accepted nowhere, whatever a policy says. */
export type TdxRefusedErrorCode = 'debug' | 'reserved-attributes' | 'tcb-status';

export class TdxRefusedError extends CodedError<TdxRefusedErrorCode> {
  readonly outcome = 'policy';
}

/** Nothing speaks against the quote, but what would settle it is missing or stale; `want` names the thing. */
export type TdxUndecidedErrorCode = 'collateral-missing' | 'collateral-expired' | 'collateral-not-yet-valid';

export class TdxUndecidedError extends CodedError<TdxUndecidedErrorCode> {
  readonly outcome = 'undecided';
}
