import { copyBytes, fromBase64, sha256, toHex, type Bytes } from '@asterism/bytes';
import type { Certificate, TrustAnchor } from '@asterism/x509';
import { parsePublicKey, spkiSha256, X509Error } from '@asterism/x509';
import { UsageError } from '../errors.ts';
import { readCertificates, textOf } from './certificate-files.ts';

/** A root that `--trust-anchor` adds. */
export interface LaboratoryAnchor {
  readonly spkiSha256: string;
  /** Subject of the certificate; null where only a key was given. */
  readonly certificate: Certificate | null;
}

const PUBLIC_KEY = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/;

/**
 * Roots of a file: certificates in PEM or DER, or one SubjectPublicKeyInfo in PEM or DER.
 * @throws UsageError `file-malformed`
 */
export async function readLaboratoryAnchors(bytes: Bytes, file: string): Promise<LaboratoryAnchor[]> {
  const certificates = attempt(() => readCertificates(bytes)) ?? [];
  if (certificates.length > 0) {
    return Promise.all(
      certificates.map(async (certificate) => ({ spkiSha256: await spkiSha256(certificate), certificate })),
    );
  }
  const body = PUBLIC_KEY.exec(textOf(bytes) ?? '')?.[1];
  const spki = body === undefined ? bytes : attempt(() => fromBase64(body.replaceAll(/\s/g, '')));
  if (spki === undefined || attempt(() => parsePublicKey(spki)) === undefined) {
    throw new UsageError('file-malformed', `trust anchor ${file} is neither a certificate nor a public key`);
  }
  return [{ spkiSha256: toHex(await sha256(copyBytes(spki))), certificate: null }];
}

/**
 * Adds the laboratory's roots to a vendor's. A key alone is named after the certificate of that key which came with the
 * evidence, because AMD's chains are told apart by name.
 */
export async function withLaboratory<Anchor extends TrustAnchor>(
  vendor: readonly Anchor[],
  laboratory: readonly LaboratoryAnchor[],
  known: readonly Certificate[],
  make: (anchor: TrustAnchor) => readonly Anchor[],
): Promise<readonly Anchor[]> {
  if (laboratory.length === 0) return vendor;
  const named = await Promise.all(
    laboratory.map(async ({ spkiSha256: key, certificate }) => {
      const own = certificate ?? (await findByKey(known, key));
      return { name: own === undefined ? 'laboratory' : nameOf(own), spkiSha256: key };
    }),
  );
  return [...vendor, ...named.flatMap(make)];
}

async function findByKey(known: readonly Certificate[], key: string): Promise<Certificate | undefined> {
  for (const certificate of known) if ((await spkiSha256(certificate)) === key) return certificate;
  return undefined;
}

function nameOf({ subject }: Certificate): string {
  return subject.attributes.find(({ oid }) => oid === '2.5.4.3')?.value ?? subject.text;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof X509Error || (error as { outcome?: string }).outcome === 'input') return undefined;
    throw error;
  }
}
