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
  const padding = '='.repeat((4 - (text.length % 4)) % 4);
  const bytes = BASE64URL.test(text)
    ? decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding)
    : undefined;
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
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new BytesError('invalid-base64', 'not base64');
  return bytes;
}

/** `atob` forgives white space, missing padding and spare bits that are not zero; this does not. */
function decodeBase64(text: string): Bytes | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
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
