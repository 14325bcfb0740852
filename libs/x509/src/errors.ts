import { BytesError, CodedError } from '@asterism/bytes';

/** The bytes or arguments are not what they should be; says nothing about who made them. */
export type X509ErrorCode =
  | 'der-truncated'
  | 'der-trailing-bytes'
  | 'der-length'
  | 'der-tag'
  | 'der-value'
  | 'der-too-deep'
  | 'too-large'
  | 'certificate-malformed'
  | 'crl-malformed'
  | 'csr-malformed'
  | 'pem-malformed'
  | 'key-malformed'
  | 'signature-malformed'
  | 'argument-invalid';

export class X509Error extends CodedError<X509ErrorCode> {
  readonly outcome = 'input';
}

/** Turns what the bytes room says of a text inside into this room's error. */
export function asX509Error<T>(code: X509ErrorCode, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof BytesError) throw new X509Error(code, cause.message, { cause });
    throw cause;
  }
}

/** Well-formed, but not proved to come from a pinned anchor. */
export type ChainErrorCode =
  | 'expired'
  | 'not-yet-valid'
  | 'not-a-ca'
  | 'path-length-exceeded'
  | 'key-usage'
  | 'extended-key-usage'
  | 'signature-invalid'
  | 'algorithm-refused'
  | 'name-mismatch'
  | 'key-identifier-mismatch'
  | 'issuer-missing'
  | 'revoked'
  | 'unknown-critical-extension'
  | 'name-constraints-unsupported'
  | 'anchor-unknown'
  | 'duplicate-certificate'
  | 'chain-loop'
  | 'chain-too-long'
  | 'search-exhausted'
  | 'crl-issuer-mismatch'
  | 'crl-signature-invalid'
  | 'crl-scope-unsupported';

export class ChainError extends CodedError<ChainErrorCode> {
  readonly outcome = 'genuine';
}

/** Nothing speaks against the chain, but what would settle it is missing or stale. Never an acceptance. */
export type ChainUndecidedErrorCode = 'crl-missing' | 'crl-expired' | 'crl-not-yet-valid';

export class ChainUndecidedError extends CodedError<ChainUndecidedErrorCode> {
  readonly outcome = 'undecided';
}
