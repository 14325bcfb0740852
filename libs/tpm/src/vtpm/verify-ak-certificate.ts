import { EKU, verifyChain, type ChainRequest, type TrustAnchor, type VerifiedChain } from '@asterism/x509';
import { TpmNotGenuineError } from '../errors.ts';
import { parseGoogleInstance, type GoogleInstance } from './google-instance.ts';

/** Clouds whose virtual TPMs have attestation keys with a certificate. */
export type VtpmCloud = 'azure' | 'google';

export interface AkCertificateRequest extends Pick<
  ChainRequest,
  'leaf' | 'intermediates' | 'at' | 'crls' | 'requireCrl'
> {
  readonly cloud: VtpmCloud;
  /** `AZURE_VTPM_ROOTS` or `GOOGLE_VTPM_ROOTS`, unless it is a laboratory. An empty list refuses every chain. */
  readonly roots: readonly TrustAnchor[];
}

export interface VerifiedAkCertificate {
  readonly chain: VerifiedChain;
  /** The machine that the key is certified for; null on Azure, which names none. */
  readonly instance: GoogleInstance | null;
}

/**
 * Proves that a cloud certifies a key as the attestation key of one of its virtual TPMs: all of `verifyChain`, and how
 * that cloud tells attestation keys from others. Azure states the purpose of the TCG; Google states none but the usage
 * of signing, which its endorsement keys lack, and names the instance.
 *
 * Not verified: that a quote is by this key. Compare `chain.leaf.spki`.
 * @throws ChainError, ChainUndecidedError, X509Error; TpmNotGenuineError `certificate-purpose`; TpmFormatError
 */
export async function verifyAkCertificate(request: AkCertificateRequest): Promise<VerifiedAkCertificate> {
  const { cloud, leaf, intermediates, roots, at, crls, requireCrl } = request;
  const chain = await verifyChain({
    leaf,
    intermediates,
    anchors: roots,
    at,
    crls,
    requireCrl,
    leafUsage: 'digitalSignature',
    leafEku: cloud === 'azure' ? EKU.tcgAikCertificate : undefined,
  });
  if (cloud === 'azure') return { chain, instance: null };
  const instance = parseGoogleInstance(leaf);
  if (instance === null) {
    throw new TpmNotGenuineError('certificate-purpose', 'certificate names no instance', {
      got: leaf.extensions.map(({ oid }) => oid),
    });
  }
  return { chain, instance };
}
