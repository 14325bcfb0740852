import { CodedError } from '@asterism/bytes';
import type { TdxRefusedErrorCode } from '@asterism/tdx';

export type EvidenceFormatErrorCode = 'binding-malformed' | 'evidence-malformed' | 'part-malformed';

/** Stage 1: the envelope or a part of it is not well-formed. Says nothing about who made it. */
export class EvidenceFormatError extends CodedError<EvidenceFormatErrorCode> {
  readonly outcome = 'input';
}

export type EvidenceNotGenuineErrorCode =
  | 'variant-mismatch'
  | 'binding-mismatch'
  | 'quote-invalid'
  | 'pcr-selection-mismatch'
  | 'attestation-key-unfit'
  | 'attestation-key-mismatch'
  | 'event-log-mismatch'
  | 'endorsement-key-mismatch'
  | 'activation-failed'
  | 'snp-report-invalid'
  | 'tdx-quote-invalid'
  | 'nitro-document-invalid'
  | 'runtime-data-mismatch'
  | 'identity-mismatch';

/**
 * Stage 2: well-formed, but not proved to come from the machine, connection or request it should. Where a TEE's own
 * verification refused, `cause` is its error with the finer code.
 */
export class EvidenceNotGenuineError extends CodedError<EvidenceNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

export type EvidenceRefusedErrorCode = TdxRefusedErrorCode | 'certificate-revoked';

/** Stage 2: genuine, and of a machine that no policy can accept (S14), or whose vendor has taken its word back (S11). */
export class EvidenceRefusedError extends CodedError<EvidenceRefusedErrorCode> {
  readonly outcome = 'policy';
}

export type EvidenceUndecidedErrorCode =
  'identity-unknown' | 'collateral-missing' | 'collateral-expired' | 'collateral-not-yet-valid';

/** Stage 2: what is needed for a decision is missing here. Neither a refusal nor an acceptance. */
export class EvidenceUndecidedError extends CodedError<EvidenceUndecidedErrorCode> {
  readonly outcome = 'undecided';
}

export type PolicyErrorCode = 'policy-invalid' | StageSkippedCode;

type StageSkippedCode =
  'evidence-not-parsed' | 'evidence-not-verified' | 'activation-not-proved' | 'appraisal-not-made';

/** Stages 3 and 4: the policy cannot be applied, or a stage before was skipped. */
export class PolicyError extends CodedError<PolicyErrorCode> {
  readonly outcome = 'policy';
}
