import { fromHex, utf8, type Bytes } from '@asterism/bytes';
import {
  EXTENSION,
  KEY_USAGES,
  type BasicConstraints,
  type Extension,
  type KeyUsage,
} from '../certificate/extensions.ts';
import { encodeName, type NameInput } from '../certificate/name.ts';
import { contextConstructed, contextPrimitive } from '../der/tag.ts';
import {
  derBoolean,
  derElement,
  derNamedBits,
  derOctetString,
  derOid,
  derSequence,
  derUnsignedInteger,
} from '../der/writer.ts';
import { X509Error } from '../errors.ts';

/** Subject alternative names to write. Addresses are dotted IPv4, or IPv6 in hexadecimal groups with `::` allowed. */
export type SubjectAltNameInput =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string }
  | { readonly type: 'directory-name'; readonly value: NameInput };

export function basicConstraintsExtension({ ca, pathLength }: BasicConstraints): Extension {
  const fields = ca
    ? [derBoolean(true), ...(pathLength === undefined ? [] : [derUnsignedInteger(pathLength)])]
    : [];
  return { oid: EXTENSION.basicConstraints, critical: true, value: derSequence(...fields) };
}

export function keyUsageExtension(usages: readonly KeyUsage[]): Extension {
  const bits = usages.map((usage) => KEY_USAGES.indexOf(usage));
  return { oid: EXTENSION.keyUsage, critical: true, value: derNamedBits(bits) };
}

export function extendedKeyUsageExtension(purposes: readonly string[]): Extension {
  return { oid: EXTENSION.extendedKeyUsage, critical: false, value: derSequence(...purposes.map(derOid)) };
}

/** Critical when it is all the naming there is (RFC 5280 §4.2.1.6). */
export function subjectAltNameExtension(names: readonly SubjectAltNameInput[], critical: boolean): Extension {
  return { oid: EXTENSION.subjectAltName, critical, value: derSequence(...names.map(encodeGeneralName)) };
}

export function subjectKeyIdentifierExtension(identifier: Uint8Array): Extension {
  return { oid: EXTENSION.subjectKeyIdentifier, critical: false, value: derOctetString(identifier) };
}

export function authorityKeyIdentifierExtension(identifier: Uint8Array): Extension {
  const value = derSequence(derElement(contextPrimitive(0), identifier));
  return { oid: EXTENSION.authorityKeyIdentifier, critical: false, value };
}

export function encodeExtension({ oid, critical, value }: Extension): Bytes {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value));
}

function encodeGeneralName(name: SubjectAltNameInput): Bytes {
  switch (name.type) {
    case 'dns':
      return derElement(contextPrimitive(2), printable(name.value));
    case 'uri':
      return derElement(contextPrimitive(6), printable(name.value));
    case 'ip':
      return derElement(contextPrimitive(7), addressOctets(name.value));
    case 'directory-name':
      return derElement(contextConstructed(4), encodeName(name.value));
  }
}

function printable(value: string): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new X509Error('argument-invalid', 'name is not printable ASCII', { got: value });
  }
  return utf8(value);
}

function addressOctets(value: string): Uint8Array {
  // No leading zeros: some readers take 010 for 8.
  const dotted = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(value);
  if (dotted !== null) {
    const octets = dotted.slice(1).map(Number);
    if (octets.every((octet) => octet <= 255)) return Uint8Array.from(octets);
  } else {
    const [head = '', tail, ...more] = value.split('::');
    const left = head === '' ? [] : head.split(':');
    const right = tail === undefined || tail === '' ? [] : tail.split(':');
    const missing = 8 - left.length - right.length;
    const groups = [...left, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...right];
    const complete = more.length === 0 && (tail === undefined ? missing === 0 : missing > 0);
    if (complete && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
      return fromHex(groups.map((group) => group.padStart(4, '0')).join(''));
    }
  }
  throw new X509Error('argument-invalid', 'not an IP address', { got: value });
}
