import { equalBytes } from '@asterism/bytes';
import { spkiSha256, type Certificate, type VerifiedChain } from '@asterism/x509';

/** One certificate of a chain, as the human report shows it. */
export interface TrustLink {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly revocation: 'not-revoked' | 'not-looked-up' | 'root';
}

/** The certificates from a signing key up to a root. `anchor` is null where they were not proved to lead to one. */
export interface TrustChain {
  readonly title: string;
  readonly links: readonly TrustLink[];
  readonly anchor: string | null;
}

export async function toTrustChain(title: string, chain: VerifiedChain): Promise<TrustChain> {
  const last = chain.certificates.length - 1;
  const links = chain.certificates.map((certificate, depth) =>
    toLink(
      certificate,
      depth === last ? 'root' : chain.revocationChecked[depth] === true ? 'not-revoked' : 'not-looked-up',
    ),
  );
  return { title, links: await Promise.all(links), anchor: chain.anchor.name };
}

/** Certificates from a leaf to its pinned root that were proved in full, with revocation. */
export async function toProvedChain(
  title: string,
  certificates: readonly Certificate[],
): Promise<TrustChain> {
  const last = certificates.length - 1;
  const links = certificates.map((certificate, depth) =>
    toLink(certificate, depth === last ? 'root' : 'not-revoked'),
  );
  return { title, links: await Promise.all(links), anchor: certificates.at(-1)?.subject.text ?? null };
}

/** Certificates that came with the evidence and that nothing vouches for. */
export async function toUnprovedChain(
  title: string,
  certificates: readonly Certificate[],
): Promise<TrustChain> {
  const links = await Promise.all(certificates.map((certificate) => toLink(certificate, 'not-looked-up')));
  return { title, links, anchor: null };
}

export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return equalBytes(subject.der, issuer.der);
}

async function toLink(certificate: Certificate, revocation: TrustLink['revocation']): Promise<TrustLink> {
  const { subject, issuer, serial, notBefore, notAfter } = certificate;
  const key = await spkiSha256(certificate);
  return { subject: subject.text, issuer: issuer.text, serial, key, notBefore, notAfter, revocation };
}
