import { copySecret } from '@asterism/bytes';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** Zero in base64url, so that what is left still is what the contract says. */
const PLACEHOLDER = 0x41;

/**
 * Takes string members out of a JSON text before it is parsed. A string that JSON.parse makes can be neither wiped nor
 * found again: it stays in memory, and in a core file, until something else is written there. In `json` as many `A` stand
 * in their place. A text that is no JSON is left to whoever parses it.
 * @param paths names joined by dots; members of arrays have none
 * @returns the characters as they stood between the quotes, by path; those that are not there are left out
 */
export function cutSecrets(json: Uint8Array, paths: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const secrets = new Map<string, Uint8Array>();
  if (paths.length === 0) return secrets;
  const wanted = new Set(paths);
  /** A name for each object that is open, null for each array. */
  const names: (string | null)[] = [];
  let isName = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        isName = json[at] === OPEN_OBJECT;
        names.push(isName ? '' : null);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        names.pop();
        break;
      case COMMA:
        isName = names.at(-1) !== null;
        break;
      case COLON:
        isName = false;
        break;
      case QUOTE: {
        const text = json.subarray(at + 1, endOfString(json, at + 1));
        if (isName) names[names.length - 1] = String.fromCharCode(...text.subarray(0, 64));
        else take(text, names.join('.'));
        at += text.length + 1;
      }
    }
  }
  return secrets;

  function take(text: Uint8Array, path: string): void {
    if (!wanted.has(path)) return;
    secrets.set(path, copySecret(text));
    text.fill(PLACEHOLDER);
  }
}

function endOfString(json: Uint8Array, start: number): number {
  for (let at = start; at < json.length; at++) {
    if (json[at] === QUOTE) return at;
    if (json[at] === BACKSLASH) at += 1;
  }
  return json.length;
}

/** Whether a parsed text has a string at this path, whatever way its names were spelled. */
export function hasMember(json: unknown, path: string): boolean {
  const value = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], json);
  return typeof value === 'string';
}
