import { copyBytes, fromUtf8, toHex, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import type { DerReader } from '../der/reader.ts';
import { contextConstructed, contextPrimitive } from '../der/tag.ts';
import { readName, type Name } from './name.ts';

/** GeneralName (RFC 5280 §4.2.1.6). Forms that nothing here uses keep their bytes. */
export type GeneralName =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'email'; readonly value: string }
  | { readonly type: 'uri'; readonly value: string }
  /** Dotted IPv4, or IPv6 as eight groups of hexadecimal without abbreviation. */
  | { readonly type: 'ip'; readonly value: string }
  /** TPM manufacturer, model and version of an EK certificate stand in one of these. */
  | { readonly type: 'directory-name'; readonly value: Name }
  | { readonly type: 'other'; readonly tag: number; readonly der: Bytes };

export function readGeneralName(reader: DerReader): GeneralName {
  if (reader.nextTag === contextConstructed(4)) {
    const inner = reader.enter(contextConstructed(4));
    const value = readName(inner);
    inner.expectEnd();
    return { type: 'directory-name', value };
  }
  const { tag, content, der } = reader.element();
  switch (tag) {
    case contextPrimitive(1):
      return { type: 'email', value: ascii(content) };
    case contextPrimitive(2):
      return { type: 'dns', value: ascii(content) };
    case contextPrimitive(6):
      return { type: 'uri', value: ascii(content) };
    case contextPrimitive(7):
      return { type: 'ip', value: address(content) };
    case contextConstructed(0):
    case contextConstructed(3):
    case contextConstructed(5):
    case contextPrimitive(8):
      return { type: 'other', tag, der: copyBytes(der) };
    default:
      throw new X509Error('certificate-malformed', 'no such form of general name', { got: tag });
  }
}

function ascii(content: Uint8Array): string {
  if (content.length === 0 || content.some((octet) => octet <= 0x20 || octet > 0x7e)) {
    throw new X509Error('certificate-malformed', 'name is not printable ASCII', { got: toHex(content) });
  }
  return fromUtf8(content);
}

function address(content: Uint8Array): string {
  if (content.length === 4) return content.join('.');
  if (content.length === 16) {
    return Array.from({ length: 8 }, (_, group) =>
      (((content[2 * group] ?? 0) << 8) | (content[2 * group + 1] ?? 0)).toString(16),
    ).join(':');
  }
  throw new X509Error('certificate-malformed', 'address is neither IPv4 nor IPv6', { got: content.length });
}
