export {
  SignedFileError,
  SignedFileInputError,
  SignerError,
  type SignedFileErrorCode,
  type SignedFileInputErrorCode,
  type SignerErrorCode,
} from './errors.ts';
export {
  verifyIdentitySignature,
  type IdentitySignature,
  type VerifiedIdentity,
} from './signature/verify-identity.ts';
export { verifyKeySignature, type KeySignature, type VerifiedKey } from './signature/verify-key.ts';
export type { MeasurementFile, MeasurementSet } from './measurements/measurement-set.ts';
export { applyAdditions } from './measurements/apply-additions.ts';
export { parseMeasurements, selectSet } from './measurements/parse-measurements.ts';
export {
  planAdditions,
  type Addition,
  type AdditionPlan,
  type LeftOut,
  type LeftOutReason,
  type Provenance,
} from './measurements/plan-additions.ts';
export { toProvenanceComment, type VerifiedSignature } from './measurements/provenance-comment.ts';
