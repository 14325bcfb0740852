import { BytesError } from './coded-error.ts';
import { secretBytes } from './secret-bytes.ts';

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/** Bytes as a plain array-buffer view; WebCrypto refuses views over shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

const HEX_OF = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX_OF[byte];
  return text;
}

/** @throws BytesError `invalid-hex` on odd length or a character outside 0-9, a-f, A-F. */
export function fromHex(text: string): Bytes {
  if (!HEX.test(text)) throw new BytesError('invalid-hex', 'not an even number of hexadecimal digits');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** RFC 4648 §5 without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * RFC 4648 §5 without padding. Each value has exactly one text: non-zero spare bits are refused.
 * @throws BytesError `invalid-base64url`
 */
export function fromBase64url(text: string): Bytes {
  const bytes = decodeDigits(encoder.encode(text), BASE64URL_DIGITS);
  if (bytes === undefined) throw new BytesError('invalid-base64url', 'not unpadded base64url');
  return bytes;
}

/**
 * The same from ASCII characters, for secrets that must not become a string: nothing can wipe a string.
 * @throws BytesError `invalid-base64url`
 */
export function fromBase64urlCharacters(characters: Uint8Array): Bytes {
  const bytes = decodeDigits(characters, BASE64URL_DIGITS, secretBytes(sizeOf(characters)));
  if (bytes === undefined) throw new BytesError('invalid-base64url', 'not unpadded base64url');
  return bytes;
}

const CHUNK = 0x8000;

/** RFC 4648 §4 with padding, as PEM uses it. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
}

/**
 * RFC 4648 §4 with padding, each value in its one text.
 * @throws BytesError `invalid-base64`
 */
export function fromBase64(text: string): Bytes {
  const digits = text.replace(/={1,2}$/, '');
  const bytes = text.length % 4 === 0 ? decodeDigits(encoder.encode(digits), BASE64_DIGITS) : undefined;
  if (bytes === undefined) throw new BytesError('invalid-base64', 'not base64');
  return bytes;
}

/** Value of each ASCII character in an alphabet, −1 for those outside. */
function digitsOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (const [value, digit] of [...alphabet].entries()) values[digit.charCodeAt(0)] = value;
  return values;
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_DIGITS = digitsOf(`${ALPHANUMERIC}+/`);
const BASE64URL_DIGITS = digitsOf(`${ALPHANUMERIC}-_`);

/**
 * Undefined on a character outside the alphabet, a length that no bytes give, and spare bits that are not zero: `atob`
 * forgives the last, and costs more than the rest of parsing a quote.
 */
function decodeDigits(
  text: Uint8Array,
  values: Int8Array,
  bytes: Bytes = new Uint8Array(sizeOf(text)),
): Bytes | undefined {
  if (text.length % 4 === 1) return undefined;
  let [pending, bits, at] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const value = values[text[i] ?? 128] ?? -1;
    if (value < 0) return undefined;
    pending = (pending << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = pending >> bits;
      pending &= (1 << bits) - 1;
    }
  }
  return pending === 0 ? bytes : undefined;
}

function sizeOf(digits: Uint8Array): number {
  return Math.floor((digits.length * 3) / 4);
}

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** @throws BytesError `invalid-utf8`; nothing is replaced silently. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BytesError('invalid-utf8', 'not UTF-8', { cause });
  }
}
