import { copyBytes, fromUtf8, toHex, type Bytes } from '@asterism/bytes';
import { asX509Error, X509Error } from '../errors.ts';
import type { DerElement } from '../der/element.ts';
import type { DerReader } from '../der/reader.ts';
import { DerReader as Der } from '../der/reader.ts';
import { TAG, tagName } from '../der/tag.ts';
import { derOid, derSequence, derSetOf, derUtf8String } from '../der/writer.ts';

/** Short names of RFC 4514 §3, RFC 5280 §A.1 and TCG EK Credential Profile 2.5 §3.2.9. */
const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '2.23.133.2.1': 'tpmManufacturer',
  '2.23.133.2.2': 'tpmModel',
  '2.23.133.2.3': 'tpmVersion',
};

export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

/** A distinguished name. Names are compared by `der`, octet for octet; `text` and `attributes` are for people. */
export interface Name {
  readonly der: Bytes;
  readonly attributes: readonly NameAttribute[];
  /** In the order of the certificate: `C=US, O=…, CN=…`; empty for an empty name. */
  readonly text: string;
}

/** The common name; empty where there is none, or more than one. For choosing and for people: it proves nothing. */
export function commonNameOf({ attributes }: Name): string {
  const names = attributes.filter(({ oid }) => oid === '2.5.4.3');
  return names.length === 1 ? (names[0]?.value ?? '') : '';
}

/** RDNSequence (RFC 5280 §4.1.2.4). */
export function readName(reader: DerReader): Name {
  return parseName(reader.element(TAG.sequence).der);
}

/** @throws X509Error `der-*`, `certificate-malformed` */
export function parseName(der: Uint8Array): Name {
  return asX509Error('certificate-malformed', () => readAttributes(der));
}

function readAttributes(der: Uint8Array): Name {
  const attributes: NameAttribute[] = [];
  const names = Der.of(der).enter(TAG.sequence);
  while (!names.atEnd) {
    const relative = names.enter(TAG.set);
    if (relative.atEnd) throw new X509Error('certificate-malformed', 'relative distinguished name is empty');
    while (!relative.atEnd) {
      const attribute = relative.enter(TAG.sequence);
      attributes.push({ oid: attribute.oid(), value: textOf(attribute.element()) });
      attribute.expectEnd();
    }
  }
  const text = attributes
    .map(({ oid, value }) => `${ATTRIBUTE_NAMES[oid] ?? oid}=${escape(value)}`)
    .join(', ');
  return { der: copyBytes(der), attributes, text };
}

/** Attributes to write, by short name (`CN`, `O`, …) or dotted object identifier, one RDN each. */
export type NameInput = readonly (readonly [type: string, value: string])[];

export function encodeName(input: NameInput): Bytes {
  return derSequence(
    ...input.map(([type, value]) => derSetOf(derSequence(derOid(attributeOid(type)), derUtf8String(value)))),
  );
}

function attributeOid(type: string): string {
  const known = Object.entries(ATTRIBUTE_NAMES).find(([, name]) => name === type);
  return known?.[0] ?? type;
}

function textOf({ tag, content }: DerElement): string {
  switch (tag) {
    case TAG.utf8String:
      return fromUtf8(content);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
    case TAG.visibleString:
      if (content.some((octet) => octet > 0x7f)) {
        throw new X509Error('der-value', `${tagName(tag)} is not ASCII`, { got: toHex(content) });
      }
      return fromUtf8(content);
    default:
      return `#${toHex(content)}`;
  }
}

function escape(value: string): string {
  return value.replace(/[\\,+"<>;=]/g, (character) => `\\${character}`);
}
