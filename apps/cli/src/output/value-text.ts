import { toHex } from '@asterism/bytes';

/** A value of an error's `got` or `want` as text: bytes and big numbers in hexadecimal; null where there is none. */
export function toValueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return toHexNumber(value);
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString();
  return JSON.stringify(value, replace) ?? String(value);
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return toHexNumber(value);
  return value instanceof Uint8Array ? toHex(value) : value;
}

function toHexNumber(value: bigint): string {
  return `0x${value.toString(16)}`;
}
