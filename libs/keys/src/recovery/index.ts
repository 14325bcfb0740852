export { decryptStream, encryptStream, requireRecipients } from './age-stream.ts';
export { combineShares } from './combine-shares.ts';
export { RecoveryError, type RecoveryErrorCode } from './errors.ts';
export {
  createRecoverySet,
  type CreatedRecoverySet,
  type CreatedShare,
  type NewRecoverySet,
  type RecoveryRecipient,
  type RecoveryScope,
} from './recovery-set.ts';
export { openShare, parseShare, type RecoveryShare } from './share.ts';
export { ShareCollector, type RecoverySetRecord, type ShareProgress } from './share-collector.ts';
