import type { TrustAnchor } from '@asterism/x509';

/**
 * Intel's production root, by the SHA-256 of its SubjectPublicKeyInfo. The root of pre-production platforms has the same
 * subject and another key, so a name proves nothing.
 * Source: Intel_SGX_Provisioning_Certification_RootCA.cer of Intel's Provisioning Certification Service (certificate
 * serial 22650cd65a9d3489f383b49552bf501b392706ac, valid 2018-05-21 to 2049-12-31).
 */
export const INTEL_SGX_ROOTS: readonly TrustAnchor[] = [
  {
    name: 'Intel SGX Root CA',
    spkiSha256: 'a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e',
  },
];
