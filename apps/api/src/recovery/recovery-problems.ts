import type { ErrorCode } from '@asterism/contracts';
import { RecoveryError, type RecoveryErrorCode } from '@asterism/keys/recovery';
import { ProblemError } from '../http/problem-error.ts';

/** In the words of the contract. */
const CODES: Readonly<Partial<Record<RecoveryErrorCode, ErrorCode>>> = {
  'recovery-set-invalid': 'request-invalid',
  'recovery-recipient-invalid': 'request-invalid',
  'recovery-share-malformed': 'recovery-share-malformed',
  'recovery-share-foreign': 'recovery-share-foreign',
  'recovery-share-wrong': 'recovery-share-wrong',
  'recovery-share-repeated': 'recovery-share-repeated',
  'recovery-secret-wrong': 'recovery-secret-wrong',
};

export function toRecoveryProblem(cause: unknown): unknown {
  const code = cause instanceof RecoveryError ? CODES[cause.code] : undefined;
  return code === undefined ? cause : new ProblemError(code, (cause as Error).message, { cause });
}
