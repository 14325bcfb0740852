export {
  CERTIFICATE_GUID,
  encodeCertificateTable,
  parseCertificateTable,
  type CertificateTableEntry,
} from './certificates/certificate-table.ts';
export { parseEndorsementFields, type EndorsementFields } from './certificates/endorsement-fields.ts';
export {
  SnpError,
  SnpInputError,
  type SnpErrorCode,
  type SnpFinding,
  type SnpInputErrorCode,
} from './errors.ts';
export { encodeReport } from './report/encode-report.ts';
export type { GuestPolicy } from './report/guest-policy.ts';
export { parseReport } from './report/parse-report.ts';
export type { PlatformInfo } from './report/platform-info.ts';
export type { Cpuid, SnpProduct } from './report/product.ts';
export type { FirmwareVersion, ReportVersion, SigningKey, SnpReport } from './report/report.ts';
export type { TcbVersion } from './report/tcb-version.ts';
export { AMD_ROOTS, type AmdRoot } from './verify/amd-roots.ts';
export { VerifiedSnpReport, type SnpFact } from './verify/verified-report.ts';
export { verifyReport, type ReportRequest } from './verify/verify-report.ts';
