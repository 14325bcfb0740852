import { X509Error } from '../errors.ts';
import { readElement } from './element.ts';
import { decodeOid } from './oid.ts';
import { TAG, tagName } from './tag.ts';
import { decodeTime } from './time.ts';

export const MAX_DEPTH = 32;

const CONSTRUCTED = 0x20;

/**
 * Walks a whole structure once, so that no corner of it, read later or not, is anything but DER: lengths, universal
 * values, no trailing bytes, nesting to 32. What an OCTET STRING wraps is checked where it is read.
 * @throws X509Error `der-*`
 */
export function checkDer(bytes: Uint8Array): void {
  const element = readElement(bytes, 0);
  if (element.der.length !== bytes.length) {
    throw new X509Error('der-trailing-bytes', 'bytes after the end of the structure', {
      got: bytes.length - element.der.length,
      want: 0,
    });
  }
  checkValue(element.tag, element.content, 1);
}

function checkValue(tag: number, content: Uint8Array, depth: number): void {
  if ((tag & CONSTRUCTED) !== 0) {
    if (depth >= MAX_DEPTH) throw new X509Error('der-too-deep', 'nested too deeply', { want: MAX_DEPTH });
    if (tag < 0x40 && tag !== TAG.sequence && tag !== TAG.set) {
      throw new X509Error('der-tag', `${tagName(tag & ~CONSTRUCTED)} is constructed`, { got: tag });
    }
    for (let at = 0; at < content.length;) {
      const child = readElement(content, at);
      checkValue(child.tag, child.content, depth + 1);
      at += child.der.length;
    }
    return;
  }
  checkPrimitive(tag, content);
}

/** Rules of a universal primitive value (X.690 §8, §11); other classes have none that could be known here. */
export function checkPrimitive(tag: number, content: Uint8Array): void {
  switch (tag) {
    case TAG.boolean:
      if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff)) {
        throw new X509Error('der-value', 'boolean is neither 00 nor FF');
      }
      return;
    case TAG.integer:
    case TAG.enumerated:
      return checkInteger(content);
    case TAG.bitString:
      return checkBitString(content);
    case TAG.null:
      if (content.length !== 0) throw new X509Error('der-value', 'null has content');
      return;
    case TAG.oid:
      decodeOid(content);
      return;
    case TAG.utcTime:
    case TAG.generalizedTime:
      decodeTime(tag, content);
      return;
    case TAG.sequence & ~CONSTRUCTED:
    case TAG.set & ~CONSTRUCTED:
      throw new X509Error('der-tag', 'sequence or set is primitive', { got: tag });
  }
}

function checkInteger(content: Uint8Array): void {
  const [first, second] = content;
  if (first === undefined) throw new X509Error('der-value', 'integer is empty');
  if (second === undefined) return;
  if ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new X509Error('der-value', 'integer is not minimal');
  }
}

function checkBitString(content: Uint8Array): void {
  const unused = content[0];
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) {
    throw new X509Error('der-value', 'bit string has a wrong count of unused bits', { got: unused });
  }
  if (((content.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0 && content.length > 1) {
    throw new X509Error('der-value', 'unused bits of a bit string are not zero');
  }
}
