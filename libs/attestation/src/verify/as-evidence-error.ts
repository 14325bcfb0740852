import { CodedError } from '@asterism/bytes';
import { SnpError } from '@asterism/snp';
import { TdxNotGenuineError, TdxRefusedError, TdxUndecidedError } from '@asterism/tdx';
import { TpmNotGenuineError } from '@asterism/tpm';
import { ChainError, ChainUndecidedError } from '@asterism/x509';
import {
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceRefusedError,
  EvidenceUndecidedError,
  type EvidenceNotGenuineErrorCode,
  type EvidenceUndecidedErrorCode,
} from '../errors.ts';

/** Codes that say more than that a part is not genuine, by the code of the room that found it. */
const CODES: Readonly<Record<string, EvidenceNotGenuineErrorCode>> = {
  'qualifying-data-mismatch': 'binding-mismatch',
  'pcr-selection-mismatch': 'pcr-selection-mismatch',
  'event-log-mismatch': 'event-log-mismatch',
  'ak-attributes': 'attestation-key-unfit',
  'algorithm-refused': 'attestation-key-unfit',
  'ak-mismatch': 'attestation-key-mismatch',
  'runtime-data-mismatch': 'runtime-data-mismatch',
};

const UNDECIDED: Readonly<Record<ChainUndecidedError['code'], EvidenceUndecidedErrorCode>> = {
  'crl-missing': 'collateral-missing',
  'crl-expired': 'collateral-expired',
  'crl-not-yet-valid': 'collateral-not-yet-valid',
};

/** Runs a verification of another room, and says what it found in the words of this one. */
export async function asEvidenceError<Value>(
  code: EvidenceNotGenuineErrorCode,
  verify: () => Promise<Value> | Value,
): Promise<Value> {
  try {
    return await verify();
  } catch (cause) {
    throw toEvidenceError(code, cause);
  }
}

function toEvidenceError(code: EvidenceNotGenuineErrorCode, cause: unknown): unknown {
  if (!(cause instanceof CodedError)) return cause;
  const { message, got, want } = cause;
  const options = { got, want, cause };
  if (cause instanceof TdxRefusedError) return new EvidenceRefusedError(cause.code, message, options);
  if (cause instanceof TdxUndecidedError) return new EvidenceUndecidedError(cause.code, message, options);
  if (cause instanceof ChainUndecidedError) {
    return new EvidenceUndecidedError(UNDECIDED[cause.code], message, options);
  }
  if (cause.outcome === 'input') return new EvidenceFormatError('part-malformed', message, options);
  if (cause.outcome !== 'genuine') return cause;
  if (isRevocation(cause)) return new EvidenceRefusedError('certificate-revoked', message, options);
  return new EvidenceNotGenuineError(CODES[cause.code] ?? code, message, options);
}

/**
 * Everything else holds, and the vendor's list names a certificate of the chain: the machine was genuine, so that this is
 * a verdict on it. With anything else against it, nothing is proved.
 */
function isRevocation(cause: CodedError): boolean {
  if (cause instanceof SnpError && cause.findings.length > 1) return false;
  const isRooms =
    cause instanceof SnpError || cause instanceof TdxNotGenuineError || cause instanceof TpmNotGenuineError;
  if (!isRooms) return false;
  return cause.cause instanceof ChainError && cause.cause.code === 'revoked';
}
