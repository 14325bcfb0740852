import { X509Error } from '../errors.ts';

/** One tag-length-value. `content` and `der` are views of the source. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content, exactly as they stand. */
  readonly der: Uint8Array;
}

/**
 * Reads the element at `at`: low tag numbers, definite minimal lengths of at most four octets (X.690 §10.1).
 * @throws X509Error `der-truncated`, `der-tag`, `der-length`
 */
export function readElement(bytes: Uint8Array, at: number): DerElement {
  const tag = octet(bytes, at);
  if ((tag & 0x1f) === 0x1f)
    throw new X509Error('der-tag', 'tag numbers above 30 are not used here', { got: tag });
  if (tag === 0) throw new X509Error('der-tag', 'end-of-contents octets belong to indefinite lengths');
  const first = octet(bytes, at + 1);
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0) throw new X509Error('der-length', 'length is indefinite');
    if (octets > 4) throw new X509Error('der-length', 'length has too many octets', { got: octets, want: 4 });
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + octet(bytes, start + i);
    if (length < 0x80 || length < 256 ** (octets - 1)) {
      throw new X509Error('der-length', 'length is not minimal', { got: octets });
    }
    start += octets;
  }
  const end = start + length;
  if (end > bytes.length) {
    throw new X509Error('der-truncated', 'element runs past the end', {
      got: bytes.length - start,
      want: length,
    });
  }
  return { tag, content: bytes.subarray(start, end), der: bytes.subarray(at, end) };
}

function octet(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new X509Error('der-truncated', `input ends at offset ${at}`);
  return value;
}
