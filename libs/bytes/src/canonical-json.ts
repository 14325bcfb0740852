import { BytesError } from './coded-error.ts';
import { utf8, type Bytes } from './encoding.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deepest nesting that is written: what protocol §7 allows in a body, and far from the end of the stack. */
const MAX_DEPTH = 32;

/**
 * RFC 8785 (JSON Canonicalization Scheme). ECMAScript's own number and string serialisation is what §3.2.2 asks for;
 * what remains is key order by UTF-16 code units (§3.2.3) and refusing what JSON cannot say. A member that is
 * `undefined` is left out, as `JSON.stringify` leaves it out of the body that carries the same value.
 * @throws BytesError `not-canonical` on NaN, infinities, lone surrogates, holes in lists, values outside JSON and
 *   nesting over 32.
 */
export function canonicalJson(value: Json): string {
  return write(value, 1);
}

export function canonicalJsonBytes(value: Json): Bytes {
  return utf8(canonicalJson(value));
}

function write(value: Json, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new BytesError('not-canonical', 'number is not finite');
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new BytesError('not-canonical', 'string has a lone surrogate');
    return JSON.stringify(value);
  }
  if (depth > MAX_DEPTH) {
    throw new BytesError('not-canonical', 'nested too deeply', { got: depth, want: MAX_DEPTH });
  }
  // `Array.from` visits holes too, where `map` would leave nothing between two commas.
  if (Array.isArray(value)) return `[${Array.from(value, (item: Json) => write(item, depth + 1)).join(',')}]`;
  if (isPlainObject(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${write(key, depth)}:${write(member, depth + 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new BytesError('not-canonical', `a ${typeof value} has no JSON form`);
}

function isPlainObject(value: Json): value is { readonly [key: string]: Json } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
