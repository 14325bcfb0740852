import { ProblemError } from './problem-error.ts';

/** Bytes of a body at most (protocol §7). */
export const BODY_LIMIT = 1_048_576;
/** Levels of objects and arrays at most (protocol §7). */
export const DEPTH_LIMIT = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON of a request body. Refused beyond its syntax: what cannot be stored (NUL and lone surrogates in texts), names that
 * change prototypes, and depth.
 * @throws ProblemError `request-invalid`, `body-too-deep`
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes)) as unknown;
  } catch (cause) {
    throw new ProblemError('request-invalid', 'the body is not JSON in UTF-8', { cause });
  }
  check(value, 1);
  return value;
}

function check(value: unknown, depth: number): void {
  if (typeof value === 'string') return checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_LIMIT) {
    throw new ProblemError('body-too-deep', `the body is nested deeper than ${DEPTH_LIMIT} levels`);
  }
  if (Array.isArray(value)) return value.forEach((entry) => check(entry, depth + 1));
  for (const [name, entry] of Object.entries(value)) {
    if (name === '__proto__') throw new ProblemError('request-invalid', 'the body has a field __proto__');
    checkText(name);
    check(entry, depth + 1);
  }
}

function checkText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new ProblemError('request-invalid', 'a text of the body has a NUL or half a surrogate pair');
  }
}
