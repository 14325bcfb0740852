import { CodedError } from '@asterism/bytes';

/** What was given is not a file, bundle, key or root of a kind that is known. */
export type SignedFileInputErrorCode =
  | 'measurements-malformed'
  | 'measurements-ambiguous'
  | 'bundle-malformed'
  | 'bundle-unsupported'
  | 'trusted-root-malformed'
  | 'key-malformed'
  | 'signature-malformed';

export class SignedFileInputError extends CodedError<SignedFileInputErrorCode> {
  readonly outcome = 'input';
}

/** Well-formed, but not proved to be signed by anybody whom the trusted root or the key stands for. */
export type SignedFileErrorCode =
  | 'signature-invalid'
  | 'digest-mismatch'
  | 'certificate-refused'
  | 'timestamp-refused'
  | 'log-entry-refused'
  | 'inclusion-promise-invalid'
  | 'inclusion-proof-invalid';

export class SignedFileError extends CodedError<SignedFileErrorCode> {
  readonly outcome = 'genuine';
}

/** Signed, but not by whom the caller wants, or for other machines than the policy's. */
export type SignerErrorCode = 'identity-mismatch' | 'issuer-mismatch' | 'variant-mismatch';

export class SignerError extends CodedError<SignerErrorCode> {
  readonly outcome = 'policy';
}
