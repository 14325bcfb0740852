import { BytesError } from './coded-error.ts';

const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Bytes as a plain array-buffer view; WebCrypto refuses views over shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
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
  if (!BASE64URL.test(text) || text.length % 4 === 1) {
    throw new BytesError('invalid-base64url', 'not unpadded base64url');
  }
  const bytes = fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
  if (toBase64url(bytes) !== text) throw new BytesError('invalid-base64url', 'spare bits are not zero');
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

/** @throws BytesError `invalid-base64url` on text that is not base64. */
export function fromBase64(text: string): Bytes {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new BytesError('invalid-base64url', 'not base64', { cause });
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
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
