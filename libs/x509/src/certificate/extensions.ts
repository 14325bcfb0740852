import { copyBytes, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, contextPrimitive, TAG } from '../der/tag.ts';
import { readGeneralName, type GeneralName } from './general-name.ts';

export const EXTENSION = {
  subjectDirectoryAttributes: '2.5.29.9',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

export const EKU = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  /** tcg-kp-EKCertificate, TCG EK Credential Profile 2.5 §3.2.16. */
  tcgEkCertificate: '2.23.133.8.1',
  /** tcg-kp-AIKCertificate. */
  tcgAikCertificate: '2.23.133.8.3',
} as const;

/** Bit order of RFC 5280 §4.2.1.3. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** What the OCTET STRING holds; DER by the standard, but vendors put raw bytes here (AMD's hwID). */
  readonly value: Bytes;
}

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/**
 * Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension, each at most once (RFC 5280 §4.2). A `FALSE` written out is
 * tolerated, although X.690 §11.5 has defaults left out: it says the same, and the bytes are signed as they stand.
 */
export function readExtensions(reader: DerReader): readonly Extension[] {
  const list = reader.enter(TAG.sequence);
  if (list.atEnd) throw new X509Error('certificate-malformed', 'list of extensions is empty');
  const extensions: Extension[] = [];
  // A set, because a revocation list has room for hundreds of thousands.
  const seen = new Set<string>();
  while (!list.atEnd) {
    const fields = list.enter(TAG.sequence);
    const oid = fields.oid();
    const critical = fields.nextTag === TAG.boolean ? fields.boolean() : false;
    const value = fields.octetString();
    fields.expectEnd();
    if (seen.has(oid)) throw new X509Error('certificate-malformed', `extension ${oid} is given twice`);
    seen.add(oid);
    extensions.push({ oid, critical, value });
  }
  return extensions;
}

export function decodeBasicConstraints(value: Uint8Array): BasicConstraints {
  const fields = whole(value).enter(TAG.sequence);
  const ca = fields.nextTag === TAG.boolean ? fields.boolean() : false;
  const pathLength = fields.nextTag === TAG.integer ? fields.smallInteger() : undefined;
  fields.expectEnd();
  if (!ca && pathLength !== undefined) {
    throw new X509Error('certificate-malformed', 'path length without the CA flag', { got: pathLength });
  }
  return { ca, pathLength };
}

export function decodeKeyUsage(value: Uint8Array): ReadonlySet<KeyUsage> {
  const bits = whole(value).namedBits();
  if (bits.length === 0) throw new X509Error('certificate-malformed', 'key usage allows nothing');
  return new Set(
    bits.map((bit) => {
      const usage = KEY_USAGES[bit];
      if (usage === undefined)
        throw new X509Error('certificate-malformed', 'unknown key usage bit', { got: bit });
      return usage;
    }),
  );
}

export function decodeExtendedKeyUsage(value: Uint8Array): readonly string[] {
  const purposes = whole(value).enter(TAG.sequence);
  const oids: string[] = [];
  while (!purposes.atEnd) oids.push(purposes.oid());
  if (oids.length === 0) throw new X509Error('certificate-malformed', 'extended key usage allows nothing');
  return oids;
}

export function decodeSubjectAltName(value: Uint8Array): readonly GeneralName[] {
  const names = whole(value).enter(TAG.sequence);
  const list: GeneralName[] = [];
  while (!names.atEnd) list.push(readGeneralName(names));
  if (list.length === 0) throw new X509Error('certificate-malformed', 'subject alternative name is empty');
  return list;
}

export function decodeSubjectKeyIdentifier(value: Uint8Array): Bytes {
  return whole(value).octetString();
}

/** The key identifier of AuthorityKeyIdentifier (RFC 5280 §4.2.1.1); issuer and serial are skipped. */
export function decodeAuthorityKeyIdentifier(value: Uint8Array): Bytes | undefined {
  const fields = whole(value).enter(TAG.sequence);
  const keyIdentifier =
    fields.nextTag === contextPrimitive(0) ? copyBytes(fields.element().content) : undefined;
  if (fields.nextTag === contextConstructed(1)) fields.element();
  if (fields.nextTag === contextPrimitive(2)) fields.element();
  fields.expectEnd();
  return keyIdentifier;
}

/** `DerReader.of` has checked that the value is exactly one element. */
function whole(value: Uint8Array): DerReader {
  return DerReader.of(value);
}
