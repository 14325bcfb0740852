export {
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceUndecidedError,
  PolicyError,
  type EvidenceFormatErrorCode,
  type EvidenceNotGenuineErrorCode,
  type EvidenceUndecidedErrorCode,
  type PolicyErrorCode,
} from './errors.ts';
export type { AppraisalContext, LockExpectation, VerificationExpectations } from './expectations.ts';
export { lockDigest, lockedPcr15 } from './lock.ts';
export { anchorsOf, evidenceRequestOf, type Anchors } from './request.ts';
export type {
  ActivatedKey,
  Appraisal,
  Authorisation,
  CertificateFact,
  Grant,
  LockState,
  LoggedEvent,
  ParsedEvidence,
  ParsedOtherEvidence,
  ParsedTpmEvidence,
  Right,
  VerifiedEvidence,
  VerifiedTpmEvidence,
} from './stages.ts';
