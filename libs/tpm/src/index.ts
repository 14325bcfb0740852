export { encodeHclReport } from './azure/encode-hcl-report.ts';
export { toHclAkPublic, verifyHclAttestationKey } from './azure/hcl-attestation-key.ts';
export { HCL_LAYOUT, type HclReport, type HclReportType } from './azure/hcl-report.ts';
export { parseHclReport } from './azure/parse-hcl-report.ts';
export { runtimeDataHash, verifyRuntimeDataBinding } from './azure/runtime-data-binding.ts';
export {
  parseRuntimeData,
  type HclKey,
  type HclRuntimeData,
  type HclVmConfiguration,
} from './azure/runtime-data.ts';
export { readNvCertificates } from './client/certificate-index.ts';
export { TpmCommandError, type TpmCommandErrorCode } from './client/command-error.ts';
export { readEkCertificates, type EkCertificate, type EkCertificates } from './client/ek-certificates.ts';
export { flushLeftovers } from './client/flush-leftovers.ts';
export type { Hierarchy, LoadedKey, TpmEntity } from './client/handles.ts';
export {
  activateCredential,
  createAk,
  createEk,
  loadAk,
  type AkBlobs,
  type AkType,
  type AttestationKey,
} from './client/keys.ts';
export { requestNitroDocument } from './client/nitro-document.ts';
export {
  defineNv,
  hasNv,
  NV_ATTRIBUTE,
  readNv,
  undefineNv,
  writeNv,
  type NvDefinition,
} from './client/nv.ts';
export { quote, type QuoteSelection, type TpmQuote } from './client/quote.ts';
export { policyPcrDigest, seal, unseal } from './client/seal.ts';
export { MAX_SEALED, Tpm, type CreatedObject, type TpmOptions } from './client/tpm.ts';
export type { TpmTransport } from './client/transport.ts';
export { extendMeasuredLaunch } from './launch/extend-measured-launch.ts';
export {
  ekPublicFromSpki,
  EK_TEMPLATE,
  verifyEkMatchesSpki,
  verifyEndorsementKey,
  type EkTemplate,
} from './credential/endorsement-key.ts';
export { makeCredential, type Credential, type MakeCredentialInput } from './credential/make-credential.ts';
export type { RandomBytes } from './credential/encapsulate.ts';
export {
  TpmFormatError,
  TpmNotGenuineError,
  type TpmFormatErrorCode,
  type TpmNotGenuineErrorCode,
} from './errors.ts';
export { describeEvent } from './event-log/describe-event.ts';
export { encodeEventLog } from './event-log/encode-event-log.ts';
export type { TpmEvent, TpmEventLog } from './event-log/event-log.ts';
export { EVENT_TYPE, eventTypeName, type EventTypeName } from './event-log/event-types.ts';
export { parseEventLog } from './event-log/parse-event-log.ts';
export { extendPcr, replayEventLog } from './event-log/replay-event-log.ts';
export { verifyEventLog } from './event-log/verify-event-log.ts';
export { writtenEventLog } from './event-log/written-part.ts';
export {
  measureLaunch,
  planMeasuredLaunch,
  type LaunchInputs,
  type LaunchItem,
  type MeasuredLaunch,
} from './launch/measured-launch.ts';
export { encodeCoseSign1, NITRO_PROTECTED_HEADER, toBeSigned, type CoseSign1 } from './nitro/cose-sign1.ts';
export { decodeCbor } from './nitro/cbor/decode-cbor.ts';
export { encodeNitroDocument } from './nitro/encode-nitro-document.ts';
export type { NitroDocument, NitroDocumentKind } from './nitro/nitro-document.ts';
export { NITRO_ROOTS } from './nitro/nitro-roots.ts';
export { parseNitroDocument, type ParsedNitroDocument } from './nitro/parse-nitro-document.ts';
export { VerifiedNitroDocument } from './nitro/verified-nitro-document.ts';
export { verifyNitroDocument, type NitroDocumentRequest } from './nitro/verify-nitro-document.ts';
export { ATTESTATION_KEY_ATTRIBUTES } from './quote/attestation-key.ts';
export { parseTpmQuote, type ParsedTpmQuote, type TpmQuoteBytes } from './quote/parse-tpm-quote.ts';
export {
  verifyTpmQuote,
  type TpmQuoteExpectations,
  type VerifiedTpmQuote,
} from './quote/verify-tpm-quote.ts';
export { hashLength, type PcrBank, type TpmHash, type TpmHashName } from './structures/algorithms.ts';
export {
  decodeAttest,
  encodeAttest,
  TPM_GENERATED,
  type CertifyInfo,
  type ClockInfo,
  type QuoteInfo,
  type TpmsAttest,
} from './structures/attest.ts';
export {
  OBJECT_ATTRIBUTE,
  objectAttributeNames,
  toObjectAttributes,
  type ObjectAttribute,
} from './structures/attributes.ts';
export { decodeDigestList, encodeDigestList } from './structures/digest-list.ts';
export {
  decodePcrSelections,
  encodePcrSelections,
  pcrSelection,
  type PcrSelection,
} from './structures/pcr-selection.ts';
export {
  decodePublic,
  decodeSizedPublic,
  encodePublic,
  encodeSizedPublic,
  toTpmName,
  type EccPublic,
  type KeyedHashPublic,
  type RsaPublic,
  type TpmtPublic,
} from './structures/public-area.ts';
export { decodeSignature, encodeSignature, type TpmtSignature } from './structures/signature.ts';
export { fromSpki, toSpki, type PublicKeyMaterial } from './structures/spki.ts';
export { parseGoogleInstance, type GoogleInstance } from './vtpm/google-instance.ts';
export {
  verifyAkCertificate,
  type AkCertificateRequest,
  type VerifiedAkCertificate,
  type VtpmCloud,
} from './vtpm/verify-ak-certificate.ts';
export { AZURE_VTPM_ROOTS, GOOGLE_VTPM_ROOTS } from './vtpm/vtpm-roots.ts';
