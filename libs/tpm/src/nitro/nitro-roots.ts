import type { TrustAnchor } from '@asterism/x509';

/**
 * Root of AWS's Nitro attestation PKI for the commercial partitions, of Enclave and NitroTPM documents alike:
 * https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip. AWS publishes the SHA-256 of the certificate,
 * 641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b; this is the one of its public key.
 */
export const NITRO_ROOTS: readonly TrustAnchor[] = Object.freeze([
  {
    name: 'aws.nitro-enclaves',
    spkiSha256: 'f2caf5ecc6190b4a8399b78bc58a2bbcd0382375db8a1bfd78a82743874fd225',
  },
]);
