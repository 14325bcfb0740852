import { spkiSha256, type Certificate, type Extension, type TrustAnchor } from '@asterism/x509';
import {
  authorityKeyIdentifier,
  basicConstraints,
  commonName,
  keyUsage,
  mintCertificate,
  mintKeyIdentifier,
  subjectKeyIdentifier,
  type CertificateTemplate,
} from './mint-certificate.ts';
import { mintKey, type MintKey, type MintKeyKind } from './mint-key.ts';

/** Fields of a template that differ from a genuine certificate's: usually one, the defect. */
export type Spoil = (genuine: CertificateTemplate) => Partial<CertificateTemplate>;

export interface ChainOptions {
  /** Intermediates between leaf and root; 1 unless said. */
  readonly intermediates?: number;
  /** Kind of every key, or of those named. */
  readonly keys?: MintKeyKind | { readonly leaf?: MintKeyKind; readonly issuers?: MintKeyKind };
  readonly leaf?: Spoil;
  /** The intermediate right above the leaf. */
  readonly intermediate?: Spoil;
  readonly root?: Spoil;
  /** What the leaf's own extensions are; digitalSignature and no CA unless said. */
  readonly leafExtensions?: readonly Extension[];
}

export interface MintedIssuer {
  readonly certificate: Certificate;
  readonly key: MintKey;
}

export interface MintedChain {
  readonly leaf: Certificate;
  readonly leafKey: MintKey;
  /** Right above the leaf first, root last. */
  readonly issuers: readonly MintedIssuer[];
  /** Certificates of `issuers`, as `verifyChain` takes them. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** A time at which the chain is valid. */
  readonly at: Date;
}

export const MINT_NOT_BEFORE = new Date('2026-01-01T00:00:00Z');
export const MINT_NOT_AFTER = new Date('2027-01-01T00:00:00Z');
export const MINT_AT = new Date('2026-06-01T00:00:00Z');

/** A chain that verifies at `at` against `anchors`, but for what the options spoil. */
export async function mintChain(options: ChainOptions = {}): Promise<MintedChain> {
  const count = options.intermediates ?? 1;
  const kinds =
    typeof options.keys === 'string' ? { leaf: options.keys, issuers: options.keys } : (options.keys ?? {});
  const rootKey = await mintKey(kinds.issuers);
  const rootName = commonName('mint root');
  const root = await mintSpoilt(
    await template(rootName, rootKey, rootName, rootKey, 1, CA_EXTENSIONS),
    options.root,
  );
  const issuers: MintedIssuer[] = [{ certificate: root, key: rootKey }];
  for (let left = count; left > 0; left--) {
    const above = issuers[0] ?? { certificate: root, key: rootKey };
    const key = await mintKey(kinds.issuers);
    const genuine = await template(
      commonName(`mint intermediate ${left}`),
      key,
      above.certificate.subject.der,
      above.key,
      100 + left,
      CA_EXTENSIONS,
    );
    issuers.unshift({
      certificate: await mintSpoilt(genuine, left === 1 ? options.intermediate : undefined),
      key,
    });
  }
  const above = issuers[0] ?? { certificate: root, key: rootKey };
  const leafKey = await mintKey(kinds.leaf);
  const leaf = await mintSpoilt(
    await template(
      commonName('mint leaf'),
      leafKey,
      above.certificate.subject.der,
      above.key,
      1000,
      options.leafExtensions ?? [basicConstraints(false), keyUsage(0)],
    ),
    options.leaf,
  );
  return {
    leaf,
    leafKey,
    issuers,
    intermediates: issuers.map(({ certificate }) => certificate),
    anchors: [{ name: 'mint root', spkiSha256: await spkiSha256(rootKey.spki) }],
    at: MINT_AT,
  };
}

/** Replaces the extension of the same type, or adds it. */
export function withExtension(extension: Extension): Spoil {
  return ({ extensions }) => ({
    extensions: [...extensions.filter(({ oid }) => oid !== extension.oid), extension],
  });
}

export function withoutExtension(removed: string): Spoil {
  return ({ extensions }) => ({ extensions: extensions.filter(({ oid }) => oid !== removed) });
}

const CA_EXTENSIONS: readonly Extension[] = [basicConstraints(true), keyUsage(5, 6)];

async function template(
  subject: CertificateTemplate['subject'],
  key: MintKey,
  issuer: CertificateTemplate['issuer'],
  signer: MintKey,
  serial: number,
  extensions: readonly Extension[],
): Promise<CertificateTemplate> {
  return {
    version: 3,
    serial,
    subject,
    issuer,
    notBefore: MINT_NOT_BEFORE,
    notAfter: MINT_NOT_AFTER,
    spki: key.spki,
    extensions: [
      ...extensions,
      subjectKeyIdentifier(await mintKeyIdentifier(key)),
      authorityKeyIdentifier(await mintKeyIdentifier(signer)),
    ],
    signer,
    algorithm: signer.algorithm,
    outerAlgorithm: signer.algorithm,
    signature: (genuine) => genuine,
  };
}

async function mintSpoilt(genuine: CertificateTemplate, spoil: Spoil | undefined): Promise<Certificate> {
  const spoilt = spoil?.(genuine) ?? {};
  // A spoilt algorithm stands inside and outside, else it would be refused for the difference alone.
  const outerAlgorithm =
    spoilt.outerAlgorithm ?? spoilt.algorithm ?? spoilt.signer?.algorithm ?? genuine.algorithm;
  const algorithm = spoilt.algorithm ?? spoilt.signer?.algorithm ?? genuine.algorithm;
  return mintCertificate({ ...genuine, ...spoilt, algorithm, outerAlgorithm });
}
