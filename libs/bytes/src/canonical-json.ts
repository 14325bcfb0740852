import { BytesError } from './coded-error.ts';
import { utf8, type Bytes } from './encoding.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * RFC 8785 (JSON Canonicalization Scheme). ECMAScript's own number and string serialisation is what §3.2.2 asks for;
 * what remains is key order by UTF-16 code units (§3.2.3) and refusing what JSON cannot say.
 * @throws BytesError `not-canonical` on NaN, infinities, lone surrogates and values outside JSON.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new BytesError('not-canonical', 'number is not finite');
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new BytesError('not-canonical', 'string has a lone surrogate');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (
    typeof value === 'object' &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  ) {
    const members = Object.entries(value as Record<string, Json>)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new BytesError('not-canonical', `a ${typeof value} has no JSON form`);
}

export function canonicalJsonBytes(value: Json): Bytes {
  return utf8(canonicalJson(value));
}
