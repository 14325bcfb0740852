import { sha256, type Bytes } from '@asterism/bytes';
import { parseCertificate, type Certificate } from '../certificate/certificate.ts';
import type { BasicConstraints, Extension, KeyUsage } from '../certificate/extensions.ts';
import { encodeName, type NameInput } from '../certificate/name.ts';
import { derExplicit, derSequence, derTime, derUnsignedInteger } from '../der/writer.ts';
import { X509Error } from '../errors.ts';
import { checkInstant } from '../instant.ts';
import type { CryptoKey, CryptoKeyPair } from '../webcrypto.ts';
import {
  authorityKeyIdentifierExtension,
  basicConstraintsExtension,
  encodeExtension,
  extendedKeyUsageExtension,
  keyUsageExtension,
  subjectAltNameExtension,
  subjectKeyIdentifierExtension,
  type SubjectAltNameInput,
} from './encode-extensions.ts';
import { signingOf, signStructure } from './sign.ts';

/** Fills an array with random bytes: `crypto.getRandomValues` in production, a counter in tests. */
export type RandomBytes = (length: number) => Uint8Array;

export interface CertificateContent {
  readonly subject: NameInput;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectAltNames?: readonly SubjectAltNameInput[] | undefined;
  readonly basicConstraints?: BasicConstraints | undefined;
  readonly keyUsage?: readonly KeyUsage[] | undefined;
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[] | undefined;
  /** Written as they are, behind the ones above. */
  readonly extensions?: readonly Extension[] | undefined;
}

export interface IssueRequest extends CertificateContent {
  /** SubjectPublicKeyInfo of the subject, DER. */
  readonly spki: Uint8Array;
  readonly issuer: Pick<Certificate, 'subject' | 'subjectKeyIdentifier'>;
  readonly issuerKey: CryptoKey;
  readonly random: RandomBytes;
}

/**
 * Issues a v3 certificate with a random serial of 16 bytes (RFC 5280 §4.1.2.2), subject and authority key identifiers.
 * Times are cut to whole seconds. Whether the issuer may issue this is the caller's to decide.
 * @throws X509Error `argument-invalid`
 */
export async function issueCertificate(request: IssueRequest): Promise<Certificate> {
  const { spki, issuer, issuerKey, random } = request;
  const identifier = issuer.subjectKeyIdentifier;
  const extensions = [
    ...(await contentExtensions(request, spki)),
    ...(identifier === undefined ? [] : [authorityKeyIdentifierExtension(identifier)]),
    ...(request.extensions ?? []),
  ];
  return assemble(request, spki, issuer.subject.der, issuerKey, random, extensions);
}

export interface SelfSignedRequest extends CertificateContent {
  /** Public key must be extractable. */
  readonly keys: CryptoKeyPair;
  readonly random: RandomBytes;
}

/** A certificate signed with its own key: the root of a CA, or the vessel of a TLS key. */
export async function createSelfSigned(request: SelfSignedRequest): Promise<Certificate> {
  const spki = await exportSpki(request.keys.publicKey);
  const extensions = [...(await contentExtensions(request, spki)), ...(request.extensions ?? [])];
  return assemble(
    request,
    spki,
    encodeName(request.subject),
    request.keys.privateKey,
    request.random,
    extensions,
  );
}

/** SubjectPublicKeyInfo, DER. */
export async function exportSpki(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', key));
}

/** RFC 7093 §2 method 1: the first 160 bits of SHA-256, here over the whole SubjectPublicKeyInfo. */
async function keyIdentifier(spki: Uint8Array): Promise<Bytes> {
  return (await sha256(spki)).slice(0, 20);
}

async function contentExtensions(
  content: CertificateContent,
  spki: Uint8Array,
): Promise<readonly Extension[]> {
  const { basicConstraints, keyUsage, extendedKeyUsage, subjectAltNames, subject } = content;
  return [
    ...(basicConstraints === undefined ? [] : [basicConstraintsExtension(basicConstraints)]),
    ...(keyUsage === undefined ? [] : [keyUsageExtension(keyUsage)]),
    ...(extendedKeyUsage === undefined ? [] : [extendedKeyUsageExtension(extendedKeyUsage)]),
    ...(subjectAltNames === undefined
      ? []
      : [subjectAltNameExtension(subjectAltNames, subject.length === 0)]),
    subjectKeyIdentifierExtension(await keyIdentifier(spki)),
  ];
}

async function assemble(
  content: CertificateContent,
  spki: Uint8Array,
  issuer: Uint8Array,
  key: CryptoKey,
  random: RandomBytes,
  extensions: readonly Extension[],
): Promise<Certificate> {
  checkInstant(content.notBefore);
  checkInstant(content.notAfter);
  if (content.notAfter < content.notBefore) {
    throw new X509Error('argument-invalid', 'validity ends before it begins', {
      got: content.notAfter,
      want: content.notBefore,
    });
  }
  const tbs = derSequence(
    derExplicit(0, derUnsignedInteger(2)),
    derUnsignedInteger(serialOf(random)),
    signingOf(key).algorithm,
    issuer,
    derSequence(derTime(content.notBefore), derTime(content.notAfter)),
    encodeName(content.subject),
    spki,
    derExplicit(3, derSequence(...extensions.map(encodeExtension))),
  );
  return parseCertificate(await signStructure(tbs, key));
}

/** The top bits 01 keep the serial positive and of one length. */
function serialOf(random: RandomBytes): Uint8Array {
  const serial = new Uint8Array(random(16));
  if (serial.length !== 16)
    throw new X509Error('argument-invalid', 'not 16 random bytes', { got: serial.length });
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
