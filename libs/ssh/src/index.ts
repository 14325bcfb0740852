export { formatCertificate, parseCertificate, type SshCertificate } from './certificate.ts';
export {
  createHostCertificate,
  createUserCertificate,
  type SigningAuthority,
  type UserCertificateFields,
} from './create-certificate.ts';
export { EMERGENCY_PRINCIPAL } from './emergency.ts';
export { SshError, type SshErrorCode } from './errors.ts';
export { formatKeyId, parseKeyId, type EmergencyKeyId, type GrantKeyId, type KeyId } from './key-id.ts';
export { formatAuthorityLine } from './known-hosts.ts';
export {
  fingerprintOf,
  formatPublicKey,
  parsePublicKey,
  toSshPublicKey,
  type SshPublicKey,
} from './public-key.ts';
export { verifyCertificate, type CertificateExpectation } from './verify-certificate.ts';
export { isRevoked, type PresentedCertificate } from './is-revoked.ts';
export { parseRevocationList } from './read-revocation-list.ts';
export type { RevocationList } from './revocation-list.ts';
export {
  writeRevocationList,
  type RevocationListFields,
  type RevokedByAuthority,
} from './write-revocation-list.ts';
export { requireSourceAddresses } from './source-addresses.ts';
