import { sha256, toHex } from '@asterism/bytes';
import type { QuotedVariant, TrustAnchor } from '@asterism/contracts';
import { TpmFormatError, TpmNotGenuineError, verifyAkCertificate, type GoogleInstance } from '@asterism/tpm';
import {
  ChainError,
  ChainUndecidedError,
  EKU,
  verifyChain,
  X509Error,
  type Certificate,
  type ChainRequest,
  type Crl,
  type VerifiedChain,
} from '@asterism/x509';
import { EvidenceNotGenuineError } from '../errors.ts';
import type { CertificateFact } from '../stages.ts';
import { listsBy } from './lists-by.ts';

type Certificates = readonly Certificate[];

interface CertificateExpectations {
  /** SHA-256 of the SubjectPublicKeyInfo that the leaf must be for; null where no key was claimed. */
  readonly key: string | null;
  readonly anchors: readonly TrustAnchor[];
  /** Lists of anybody's: those of the chain's issuers are used. None is required, since most makers of TPMs publish none. */
  readonly crls: readonly Crl[];
  readonly now: Date;
}

interface ProvedChain {
  readonly chain: VerifiedChain;
  readonly instance: GoogleInstance | null;
}

/**
 * The chain of an EK's certificate, as a fact: which anchor it reaches, or why none.
 * @throws EvidenceNotGenuineError where the certificate is for another key: that is a lie, not a policy's matter.
 */
export function verifyEndorsementCertificate(
  certificates: Certificates,
  expected: CertificateExpectations,
): Promise<CertificateFact> {
  return toFact('endorsement-key-mismatch', certificates, expected, (request) =>
    // An issuer may certify keys that live in no TPM, too.
    proveTcgKey({ ...request, leafEku: EKU.tcgEkCertificate }),
  );
}

/** Of an AK's certificate; each cloud says in its own way that it is of an attestation key. */
export function verifyAttestationCertificate(
  certificates: Certificates,
  expected: CertificateExpectations & { readonly variant: QuotedVariant },
): Promise<CertificateFact> {
  const cloud = CLOUD[expected.variant];
  return toFact('attestation-key-mismatch', certificates, expected, (request) =>
    cloud === undefined
      ? proveTcgKey({ ...request, leafEku: EKU.tcgAikCertificate })
      : verifyAkCertificate({ ...request, roots: request.anchors, cloud }),
  );
}

const CLOUD: Readonly<Partial<Record<QuotedVariant, 'azure' | 'google'>>> = {
  'azure-trusted-launch': 'azure',
  'azure-sev-snp': 'azure',
  'azure-tdx': 'azure',
  'gcp-sev-snp': 'google',
  'gcp-sev-es': 'google',
};

type Request = Pick<ChainRequest, 'leaf' | 'intermediates' | 'anchors' | 'at' | 'crls'>;

async function proveTcgKey(request: ChainRequest): Promise<ProvedChain> {
  return { chain: await verifyChain(request), instance: null };
}

async function toFact(
  mismatch: 'endorsement-key-mismatch' | 'attestation-key-mismatch',
  [leaf, ...intermediates]: Certificates,
  { key, anchors, crls, now: at }: CertificateExpectations,
  prove: (request: Request) => Promise<ProvedChain>,
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
    const lists = listsBy(intermediates, crls);
    const { chain, instance } = await prove({ leaf, intermediates, anchors, at, crls: lists });
    return { kind: 'trusted', anchor: chain.anchor, spkiSha256, instance };
  } catch (error) {
    if (
      error instanceof ChainError ||
      error instanceof X509Error ||
      error instanceof TpmNotGenuineError ||
      error instanceof TpmFormatError
    ) {
      return { kind: 'untrusted', code: `certificate-${error.code}`, reason: error.message };
    }
    if (error instanceof ChainUndecidedError) {
      return { kind: 'undecided', code: `certificate-${error.code}`, reason: error.message };
    }
    throw error;
  }
}
