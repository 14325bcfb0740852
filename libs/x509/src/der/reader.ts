import { copyBytes, toHex, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import { readElement, type DerElement } from './element.ts';
import { decodeOid } from './oid.ts';
import { checkDer, checkPrimitive, MAX_DEPTH } from './strict.ts';
import { TAG, tagName } from './tag.ts';
import { decodeTime } from './time.ts';

/**
 * Forward-only reader of DER. Every accessor checks the tag and the value's canonical form; `expectEnd` closes a
 * structure. Byte strings are copies.
 *
 * @example
 * const fields = DerReader.of(der).enter(TAG.sequence);
 * const serial = fields.unsignedInteger();
 * fields.expectEnd();
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #at = 0;

  private constructor(bytes: Uint8Array, depth: number) {
    if (depth > MAX_DEPTH) throw new X509Error('der-too-deep', 'nested too deeply', { want: MAX_DEPTH });
    this.#bytes = bytes;
    this.#depth = depth;
  }

  /** A reader over one complete structure, whose whole tree is checked first. @throws X509Error `der-*` */
  static of(der: Uint8Array): DerReader {
    checkDer(der);
    return new DerReader(der, 0);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Tag of the next element, undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, whatever it is or of the tag given. @throws X509Error `der-tag`, `der-truncated` */
  element(tag?: number): DerElement {
    const element = readElement(this.#bytes, this.#at);
    if (tag !== undefined && element.tag !== tag) {
      throw new X509Error('der-tag', `expected ${tagName(tag)}`, {
        got: tagName(element.tag),
        want: tagName(tag),
      });
    }
    this.#at += element.der.length;
    return element;
  }

  /** Steps into a constructed element. */
  enter(tag: number): DerReader {
    return new DerReader(this.element(tag).content, this.#depth + 1);
  }

  /** Steps into the next element if it has this tag. */
  enterOptional(tag: number): DerReader | undefined {
    return this.nextTag === tag ? this.enter(tag) : undefined;
  }

  boolean(): boolean {
    return this.#primitive(TAG.boolean)[0] === 0xff;
  }

  /** Content octets of an INTEGER that is not negative, without the sign octet; zero is one octet. */
  unsignedInteger(): Bytes {
    const content = this.#primitive(TAG.integer);
    if ((content[0] ?? 0) >= 0x80)
      throw new X509Error('der-value', 'integer is negative', { got: toHex(content) });
    return copyBytes(content[0] === 0 && content.length > 1 ? content.subarray(1) : content);
  }

  /** An INTEGER from 0 to 2^31 - 1. */
  smallInteger(): number {
    const magnitude = this.unsignedInteger();
    const value = magnitude.reduce((sum, octet) => sum * 256 + octet, 0);
    if (magnitude.length > 4 || value > 0x7fff_ffff) {
      throw new X509Error('der-value', 'integer is too large', { got: toHex(magnitude) });
    }
    return value;
  }

  oid(): string {
    return decodeOid(this.element(TAG.oid).content);
  }

  null(): void {
    this.#primitive(TAG.null);
  }

  octetString(): Bytes {
    return copyBytes(this.element(TAG.octetString).content);
  }

  /** A BIT STRING of whole octets, as keys and signatures are. */
  bitStringOctets(): Bytes {
    const content = this.#primitive(TAG.bitString);
    if (content[0] !== 0)
      throw new X509Error('der-value', 'bit string is not whole octets', { got: content[0] });
    return copyBytes(content.subarray(1));
  }

  /**
   * A named-bit list as the numbers of the bits set. X.690 §11.2.2 forbids trailing zero bits, but the key usage of
   * every AMD ASK and ASVK has them; the meaning is the same, and the certificate's bytes are signed as they stand.
   */
  namedBits(): readonly number[] {
    const content = this.#primitive(TAG.bitString);
    return Array.from({ length: (content.length - 1) * 8 }, (_, bit) => bit).filter(
      (bit) => (((content[1 + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1) === 1,
    );
  }

  time(): Date {
    const { tag, content } = this.element();
    return decodeTime(tag, content);
  }

  /** @throws X509Error `der-trailing-bytes` */
  expectEnd(): void {
    if (!this.atEnd) {
      throw new X509Error('der-trailing-bytes', 'unexpected element at the end of a structure', {
        got: tagName(this.nextTag ?? 0),
      });
    }
  }

  #primitive(tag: number): Uint8Array {
    const { content } = this.element(tag);
    checkPrimitive(tag, content);
    return content;
  }
}
