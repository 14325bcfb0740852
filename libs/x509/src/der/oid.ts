import { X509Error } from '../errors.ts';

/** Longest content of an object identifier that is read; real ones stay under 20 octets. */
const MAX_OCTETS = 64;

/**
 * Content octets of an OBJECT IDENTIFIER (X.690 §8.19) as dotted text.
 * @throws X509Error `der-value` on empty, padded, cut-off or oversized content.
 */
export function decodeOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > MAX_OCTETS) {
    throw new X509Error('der-value', 'object identifier has a wrong length', { got: content.length });
  }
  const arcs: Arc[] = [];
  let arc: Arc = 0;
  let fresh = true;
  for (const octet of content) {
    if (fresh && octet === 0x80) throw new X509Error('der-value', 'object identifier arc is padded');
    arc = append(arc, octet & 0x7f);
    fresh = octet < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0;
    }
  }
  if (!fresh) throw new X509Error('der-value', 'object identifier ends inside an arc');
  const [joint = 0, ...rest] = arcs;
  const root = joint < 40 ? 0 : joint < 80 ? 1 : 2;
  const second = typeof joint === 'number' ? joint - 40 * root : joint - 80n;
  return [root, second, ...rest].join('.');
}

/** Few arcs are so long that they need a bigint (UUIDs under 2.25); in the others it costs most of reading them. */
type Arc = number | bigint;

function append(arc: Arc, digit: number): Arc {
  return typeof arc === 'number' && arc < 2 ** 45 ? arc * 128 + digit : (BigInt(arc) << 7n) | BigInt(digit);
}

/** @throws X509Error `argument-invalid` on text that is not a dotted object identifier. */
export function encodeOid(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(text)) {
    throw new X509Error('argument-invalid', 'not a dotted object identifier', { got: text });
  }
  const [root = 0n, second = 0n, ...rest] = text.split('.').map(BigInt);
  if (root < 2n && second > 39n) {
    throw new X509Error('argument-invalid', 'second arc is over 39', { got: text });
  }
  const octets = [root * 40n + second, ...rest].flatMap((arc) => {
    const digits = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
    return digits;
  });
  return Uint8Array.from(octets);
}
