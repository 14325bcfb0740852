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
export { collectTpmEvidence, type CollectOrder, type EvidenceExtras } from './collect.ts';
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
export { appraise } from './appraise.ts';
export { joinCollateral, NO_COLLATERAL, type Collateral } from './collateral/collateral.ts';
export { CollateralFormatError, type CollateralFormatErrorCode } from './collateral/errors.ts';
export type { CollateralKind, CollateralNeed, PckCa } from './collateral/need.ts';
export { collateralNeedsOf, type CollateralSubject } from './collateral/needs-of.ts';
export { readCollateral, type CollateralFile, type ReadCollateral } from './collateral/read-collateral.ts';
export { snpCollateralFor, type SnpCollateral } from './collateral/select-snp.ts';
export { tdxCollateralFor } from './collateral/select-tdx.ts';
export { authorise } from './authorise.ts';
export { verificationBinding } from './binding.ts';
export { EAR_PROFILE, toEarClaims, type EarAppraisal, type EarClaims, type EarInput } from './ear.ts';
export {
  activatedFromRecord,
  confirmActivation,
  toMachineIdentity,
  type ActivationAnswer,
} from './activation.ts';
export { makeActivation, type OwnActivation } from './own-activation.ts';
export { parseEvidence } from './parse.ts';
export { verifySignedResult, type SignedResultCheck } from './signed-result.ts';
export { verifyEvidence } from './verify.ts';
export {
  verifyVerification,
  type LocalVerification,
  type VerificationContext,
} from './verify-verification.ts';
