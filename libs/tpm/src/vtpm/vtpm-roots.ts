import type { TrustAnchor } from '@asterism/x509';

/**
 * Root of the attestation keys of Azure's virtual TPMs (confidential VMs and Trusted Launch), whose intermediates are
 * `Global Virtual TPM CA - NN` and `Azure Cloud Virtual TPM CA …`:
 * https://learn.microsoft.com/azure/virtual-machines/trusted-launch-faq, "Certificates". Also in openpcc/openpcc and
 * flashbots/attested-tls.
 */
export const AZURE_VTPM_ROOTS: readonly TrustAnchor[] = Object.freeze([
  {
    name: 'Azure Virtual TPM Root Certificate Authority 2023',
    spkiSha256: '5cbc52672ae101263c2976736044a964c1182ce9412c39937183baddcccb8cdf',
  },
]);

/**
 * Roots of the endorsement and attestation keys of Google Compute Engine's virtual TPMs: the one in use, and that of
 * older machines, https://pki.goog/cloud_integrity/tpm_ek_root_1.crt. Both are in google/go-tpm-tools, server/ca-certs.
 */
export const GOOGLE_VTPM_ROOTS: readonly TrustAnchor[] = Object.freeze([
  {
    name: 'EK/AK CA Root',
    spkiSha256: '56a613f57126a385dd6949294e93b0b566f96ab0573be0c2368e6f5ca779831f',
  },
  {
    name: 'tpm_ek_v1_cloud_host_root',
    spkiSha256: 'f23057f4f97d1d90e4cae0ce91d5a0fc99069f0a1bc147021dca33b1e9c4d0d9',
  },
]);
