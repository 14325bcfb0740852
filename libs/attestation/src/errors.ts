import { CodedError } from '@asterism/bytes';

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
  | 'activation-failed';

/** Stage 2: well-formed, but not proved to come from the machine, connection or request it should. */
export class EvidenceNotGenuineError extends CodedError<EvidenceNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

export type EvidenceUndecidedErrorCode = 'variant-unsupported';

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
