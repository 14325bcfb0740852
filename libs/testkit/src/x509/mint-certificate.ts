import { sha256, type Bytes } from '@asterism/bytes';
import {
  contextPrimitive,
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derNamedBits,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derTime,
  derUnsignedInteger,
  derUtf8String,
  EXTENSION,
  parseCertificate,
  type Certificate,
  type Extension,
} from '@asterism/x509';
import type { MintKey } from './mint-key.ts';

/**
 * Everything a certificate says, down to the bytes. The mint does not share code with `issueCertificate`, and says yes
 * to anything: a field of its own for each rule that a verifier must check.
 */
export interface CertificateTemplate {
  readonly version: 1 | 3;
  readonly serial: number;
  readonly subject: Bytes;
  readonly issuer: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Bytes;
  readonly extensions: readonly Extension[];
  readonly signer: MintKey;
  /** AlgorithmIdentifier inside and outside; the signer's own unless spoilt. */
  readonly algorithm: Bytes;
  readonly outerAlgorithm: Bytes;
  /** Spoils the signature after it was made. */
  readonly signature: (genuine: Bytes) => Bytes;
}

export async function mintCertificate(template: CertificateTemplate): Promise<Certificate> {
  const { extensions } = template;
  const tbs = derSequence(
    ...(template.version === 1 ? [] : [derExplicit(0, derUnsignedInteger(2))]),
    derUnsignedInteger(template.serial),
    template.algorithm,
    template.issuer,
    derSequence(derTime(template.notBefore), derTime(template.notAfter)),
    template.subject,
    template.spki,
    ...(extensions.length === 0 ? [] : [derExplicit(3, encodeExtensions(extensions))]),
  );
  const signature = template.signature(await template.signer.sign(tbs));
  return parseCertificate(derSequence(tbs, template.outerAlgorithm, derBitString(signature)));
}

export function encodeExtensions(extensions: readonly Extension[]): Bytes {
  return derSequence(
    ...extensions.map(({ oid, critical, value }) =>
      derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value)),
    ),
  );
}

/** A name of one common name. */
export function commonName(text: string): Bytes {
  return derSequence(derSetOf(derSequence(derOid('2.5.4.3'), derUtf8String(text))));
}

export function basicConstraints(ca: boolean, pathLength?: number): Extension {
  const limit = pathLength === undefined ? [] : [derUnsignedInteger(pathLength)];
  return {
    oid: EXTENSION.basicConstraints,
    critical: true,
    value: derSequence(...(ca ? [derBoolean(true), ...limit] : [])),
  };
}

/** Numbers of the bits of RFC 5280 §4.2.1.3: 0 digitalSignature, 2 keyEncipherment, 5 keyCertSign, 6 cRLSign. */
export function keyUsage(...bits: readonly number[]): Extension {
  return { oid: EXTENSION.keyUsage, critical: true, value: derNamedBits(bits) };
}

export function extendedKeyUsage(...purposes: readonly string[]): Extension {
  return { oid: EXTENSION.extendedKeyUsage, critical: false, value: derSequence(...purposes.map(derOid)) };
}

export function subjectKeyIdentifier(identifier: Uint8Array): Extension {
  return { oid: EXTENSION.subjectKeyIdentifier, critical: false, value: derOctetString(identifier) };
}

export function authorityKeyIdentifier(identifier: Uint8Array): Extension {
  return {
    oid: EXTENSION.authorityKeyIdentifier,
    critical: false,
    value: derSequence(derElement(contextPrimitive(0), identifier)),
  };
}

/** Identifier of a key as the mint writes it. */
export async function mintKeyIdentifier(key: MintKey): Promise<Bytes> {
  return (await sha256(key.spki)).slice(0, 20);
}
