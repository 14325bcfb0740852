export { type SignatureAlgorithm, type SignatureHash } from './certificate/algorithm.ts';
export { parseCertificate, type Certificate } from './certificate/certificate.ts';
export {
  EKU,
  EXTENSION,
  type BasicConstraints,
  type Extension,
  type KeyUsage,
} from './certificate/extensions.ts';
export { type GeneralName } from './certificate/general-name.ts';
export {
  commonNameOf,
  parseName,
  type Name,
  type NameAttribute,
  type NameInput,
} from './certificate/name.ts';
export { verifyChain, type ChainRequest } from './chain/verify-chain.ts';
export { VerifiedChain, type TrustAnchor } from './chain/verified-chain.ts';
export { type CrlRequirement } from './chain/revocation.ts';
export { parseCrl, type Crl } from './crl/crl.ts';
export { verifyCrl } from './crl/verify-crl.ts';
export { type DerElement } from './der/element.ts';
export { cutPadding } from './der/padding.ts';
export { DerReader } from './der/reader.ts';
export { contextConstructed, contextPrimitive, TAG } from './der/tag.ts';
export {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derNamedBits,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derTime,
  derUnsignedInteger,
  derUtf8String,
} from './der/writer.ts';
export {
  ChainError,
  ChainUndecidedError,
  X509Error,
  type ChainErrorCode,
  type ChainUndecidedErrorCode,
  type X509ErrorCode,
} from './errors.ts';
export { verifyCsr, type CertificateRequest } from './issue/csr.ts';
export { type SubjectAltNameInput } from './issue/encode-extensions.ts';
export {
  createSelfSigned,
  exportSpki,
  issueCertificate,
  type CertificateContent,
  type IssueRequest,
  type RandomBytes,
  type SelfSignedRequest,
} from './issue/issue-certificate.ts';
export { parsePem, parsePemBlocks, toPem, type PemLabel } from './pem.ts';
export { ecdsaDerToRaw, ecdsaRawToDer } from './signature/ecdsa.ts';
export { parsePublicKey, type Curve, type PublicKey } from './signature/public-key.ts';
export { spkiSha256 } from './signature/spki.ts';
export { verifyRawEcdsa, verifySignature } from './signature/verify-signature.ts';
