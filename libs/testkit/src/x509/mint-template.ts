import type { Bytes } from '@asterism/bytes';
import type { Certificate, Extension } from '@asterism/x509';
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  mintCertificate,
  mintKeyIdentifier,
  subjectKeyIdentifier,
  type CertificateTemplate,
} from './mint-certificate.ts';
import type { MintKey } from './mint-key.ts';

/** Fields of a template that differ from a genuine certificate's: usually one, the defect. */
export type Spoil = (genuine: CertificateTemplate) => Partial<CertificateTemplate>;

export const MINT_NOT_BEFORE = new Date('2026-01-01T00:00:00Z');
export const MINT_NOT_AFTER = new Date('2027-01-01T00:00:00Z');
export const MINT_AT = new Date('2026-06-01T00:00:00Z');

/** What a CA says of itself. */
export const CA_EXTENSIONS: readonly Extension[] = [basicConstraints(true), keyUsage(5, 6)];

export interface MintOrder {
  readonly subject: Bytes;
  readonly key: MintKey;
  readonly issuer: Bytes;
  readonly signer: MintKey;
  readonly serial: number;
  readonly extensions: readonly Extension[];
}

/** The order as a certificate of version 3 with nothing wrong. */
export function templateOf(order: MintOrder): CertificateTemplate {
  const { subject, issuer, signer, serial, extensions } = order;
  return {
    version: 3,
    serial,
    subject,
    issuer,
    notBefore: MINT_NOT_BEFORE,
    notAfter: MINT_NOT_AFTER,
    spki: order.key.spki,
    extensions,
    signer,
    algorithm: signer.algorithm,
    outerAlgorithm: signer.algorithm,
    signature: (genuine) => genuine,
  };
}

/** Extensions that name both keys. */
export async function keyIdentifiers(key: MintKey, signer: MintKey): Promise<readonly Extension[]> {
  return [
    subjectKeyIdentifier(await mintKeyIdentifier(key)),
    authorityKeyIdentifier(await mintKeyIdentifier(signer)),
  ];
}

export async function mintSpoilt(
  genuine: CertificateTemplate,
  spoil: Spoil | undefined,
): Promise<Certificate> {
  const spoilt = spoil?.(genuine) ?? {};
  // A spoilt algorithm stands inside and outside, else it would be refused for the difference alone.
  const outerAlgorithm =
    spoilt.outerAlgorithm ?? spoilt.algorithm ?? spoilt.signer?.algorithm ?? genuine.algorithm;
  const algorithm = spoilt.algorithm ?? spoilt.signer?.algorithm ?? genuine.algorithm;
  return mintCertificate({ ...genuine, ...spoilt, algorithm, outerAlgorithm });
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
