import {
  ChainError,
  ChainUndecidedError,
  verifyChain,
  verifyCrl,
  X509Error,
  type Certificate,
  type ChainRequest,
  type Crl,
  type VerifiedChain,
} from '@asterism/x509';
import {
  TdxFormatError,
  TdxNotGenuineError,
  TdxUndecidedError,
  type TdxCollateralPart,
  type TdxNotGenuineErrorCode,
} from '../errors.ts';

/** `verifyChain` with the errors of this room; `part` is the list that the chain needs. */
export async function verifyIntelChain(
  code: TdxNotGenuineErrorCode,
  part: TdxCollateralPart,
  request: ChainRequest,
): Promise<VerifiedChain> {
  try {
    return await verifyChain({ ...request, leafUsage: 'digitalSignature' });
  } catch (cause) {
    throw asTdxError(code, part, cause);
  }
}

/**
 * Proves that a list is its issuer's and current.
 * @throws TdxNotGenuineError `pck-crl`, `pck-crl-issuer`, `root-crl`, `root-crl-issuer`; TdxUndecidedError
 */
export async function verifyIntelCrl(
  part: 'pck-crl' | 'root-crl',
  crl: Crl,
  issuer: Certificate,
  at: Date,
): Promise<void> {
  try {
    await verifyCrl(crl, issuer, at);
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    const isOfAnother = code === 'crl-issuer-mismatch' || code === 'key-identifier-mismatch';
    throw asTdxError(isOfAnother ? `${part}-issuer` : part, part, cause);
  }
}

const UNDECIDED = {
  'crl-missing': 'collateral-missing',
  'crl-expired': 'collateral-expired',
  'crl-not-yet-valid': 'collateral-not-yet-valid',
} as const;

function asTdxError(code: TdxNotGenuineErrorCode, part: TdxCollateralPart, cause: unknown): unknown {
  if (cause instanceof ChainUndecidedError) {
    const { message, got, want } = cause;
    return new TdxUndecidedError(UNDECIDED[cause.code], [part], message, { cause, got, want });
  }
  if (!(cause instanceof ChainError || cause instanceof X509Error)) return cause;
  const details = { cause, got: cause.got, want: cause.want };
  return cause.code === 'argument-invalid'
    ? new TdxFormatError('argument-invalid', cause.message, details)
    : new TdxNotGenuineError(code, cause.message, details);
}
