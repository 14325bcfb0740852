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
