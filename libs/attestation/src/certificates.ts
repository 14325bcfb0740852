import { sha256, toHex } from '@asterism/bytes';
import type { TrustAnchor } from '@asterism/contracts';
import { ChainError, ChainUndecidedError, verifyChain, X509Error, type Certificate } from '@asterism/x509';
import { EvidenceNotGenuineError } from './errors.ts';
import type { CertificateFact } from './stages.ts';

interface CertificateExpectations {
  /** SHA-256 of the SubjectPublicKeyInfo that the leaf must be for; null where no key was claimed. */
  readonly key: string | null;
  readonly mismatch: 'endorsement-key-mismatch' | 'attestation-key-mismatch';
  /** Purpose that the leaf must state: an issuer may certify keys that live in no TPM, too. */
  readonly purpose: string;
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
}

/**
 * The chain of a key's certificate, as a fact: which anchor it reaches, or why none.
 * @throws EvidenceNotGenuineError where the certificate is for another key: that is a lie, not a policy's matter.
 */
export async function verifyCertificates(
  [leaf, ...intermediates]: readonly Certificate[],
  { key, mismatch, purpose, anchors, now }: CertificateExpectations,
): Promise<CertificateFact> {
  if (!leaf) return { kind: 'absent' };
  const spkiSha256 = toHex(await sha256(leaf.spki));
  if (key !== null && key !== spkiSha256) {
    throw new EvidenceNotGenuineError(mismatch, 'certificate is for another key', {
      got: spkiSha256,
      want: key,
    });
  }
  if (anchors.length === 0) return { kind: 'not-checked', spkiSha256 };
  try {
    const { anchor } = await verifyChain({ leaf, intermediates, anchors, at: now, leafEku: purpose });
    return { kind: 'trusted', anchor, spkiSha256 };
  } catch (error) {
    if (error instanceof ChainError || error instanceof X509Error) {
      return { kind: 'untrusted', code: `certificate-${error.code}`, reason: error.message };
    }
    if (error instanceof ChainUndecidedError) {
      return { kind: 'undecided', code: `certificate-${error.code}`, reason: error.message };
    }
    throw error;
  }
}
