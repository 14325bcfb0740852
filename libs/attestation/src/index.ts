export {
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceRefusedError,
  EvidenceUndecidedError,
  PolicyError,
  type EvidenceFormatErrorCode,
  type EvidenceNotGenuineErrorCode,
  type EvidenceUndecidedErrorCode,
  type PolicyErrorCode,
} from './errors.ts';
export {
  VENDOR_ROOTS,
  type AppraisalContext,
  type LockExpectation,
  type VendorRoots,
  type VerificationExpectations,
} from './expectations.ts';
export { collectEvidence, type CollectOrder } from './collect/collect-evidence.ts';
export type { MachineDevices, MachineDevicesOf } from './collect/devices.ts';
export { CollectError, type CollectErrorCode } from './collect/errors.ts';
export { readOwnBoot } from './collect/own-boot.ts';
export { readOwnIdentity, type StatedDevices } from './collect/own-identity.ts';
export { lockDigest, lockedPcr15, lockedRtmr2 } from './lock.ts';
export { bindingReportData, boundKeyReportData, vouchedKeyReportData } from './report-data.ts';
export { anchorsOf, evidenceRequestOf, type Anchors } from './request.ts';
export type {
  ActivatedKey,
  Appraisal,
  Authorisation,
  CertificateFact,
  CollateralFact,
  Grant,
  LockState,
  LoggedEvent,
  ParsedEvidence,
  ParsedEvidenceOf,
  Right,
  SnpVariant,
  TdxVariant,
  VerifiedEvidence,
  VerifiedEvidenceOf,
  VerifiedQuoteSection,
  VerifiedTdxSection,
} from './stages.ts';
export { appraise } from './appraise/appraise.ts';
export { compareSections, type ProvedSections } from './appraise/compare-sections.ts';
export { joinCollateral, NO_COLLATERAL, type Collateral } from './collateral/collateral.ts';
export { CollateralFormatError, type CollateralFormatErrorCode } from './collateral/errors.ts';
export { issuersOf } from './collateral/issuers.ts';
export type { CollateralKind, CollateralNeed } from './collateral/need.ts';
export { collateralNeedsOf, type CollateralSubject } from './collateral/needs-of.ts';
export {
  readCollateral,
  type CollateralFile,
  type ReadCollateral,
  type SkippedFile,
} from './collateral/read-collateral.ts';
export { snpCollateralFor, type SnpCollateral } from './collateral/select-snp.ts';
export { tdxCollateralFor } from './collateral/select-tdx.ts';
export { readCollateralBundle } from './collateral-bundle.ts';
export { refusedResult } from './refused-result.ts';
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
export { parseEvidence } from './parse/parse-evidence.ts';
export { verifySignedResult, type SignedResultCheck } from './signed-result.ts';
export { verifyEvidence } from './verify/verify-evidence.ts';
export { describeLog } from './verify/verify-log.ts';
export { identityOfChip, identityOfModule, identityOfPlatform } from './verify/machine-identity.ts';
export {
  verifyVerification,
  type LocalVerification,
  type VerificationContext,
} from './verify-verification.ts';
