import { canonicalJson, frame, fromBase64url, toHex, Writer } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { decryptWith } from './age.ts';
import { RecoveryError } from './errors.ts';
import type { RecoveryScope } from './recovery-set.ts';

const SHARE_SCHEMA = 'asterism/recovery-share/v1';

/** The plain text of a share, as JSON. */
export interface RecoveryShare {
  readonly schema: typeof SHARE_SCHEMA;
  /** UUID of the set. */
  readonly set: string;
  readonly scope: RecoveryScope;
  /** From 1, in the order of the recipients. */
  readonly index: number;
  readonly threshold: number;
  readonly count: number;
  /** base64url: one byte for each of the secret, then the share's coordinate (Shamir over GF(2⁸)). */
  readonly share: string;
  /** Eight bytes of SHA-256 over the canonical JSON of all else, hexadecimal: finds slips of the pen. */
  readonly check: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_TEXT = 4096;
const FIELDS = ['check', 'count', 'index', 'schema', 'scope', 'set', 'share', 'threshold'];

export function sealShare(share: Omit<RecoveryShare, 'schema' | 'check'>): RecoveryShare {
  const fields = { schema: SHARE_SCHEMA, ...share } as const;
  return { ...fields, check: checkOf(fields) };
}

/**
 * The share in an age file.
 * @param encrypted armored
 * @param identity `AGE-SECRET-KEY-1…`, or the file that `age-keygen` wrote
 * @throws RecoveryError `recovery-identity-invalid`, `recovery-identity-wrong`, `recovery-share-malformed`
 */
export async function openShare(encrypted: string, identity: string): Promise<RecoveryShare> {
  return parseShare(await decryptWith(identity, encrypted));
}

/**
 * A share's plain text. Says nothing of whether it is the right one: `ShareCollector` does.
 * @throws RecoveryError `recovery-share-malformed`
 */
export function parseShare(text: string): RecoveryShare {
  if (text.length > MAX_TEXT) throw malformed('longer than a share is');
  let share: unknown;
  try {
    share = JSON.parse(text);
  } catch {
    // No cause: a parser's message quotes what it could not read.
    throw malformed('not JSON');
  }
  if (!isShare(share)) throw malformed(`not of schema ${SHARE_SCHEMA}`);
  const { check, ...rest } = share;
  if (checkOf(rest) !== check) throw malformed('its check does not fit: damaged or mistyped');
  return share;
}

/** Kept by the server: tells the share of a set from every other, and gives nothing of it away. */
export function hashShare(set: string, index: number, share: Uint8Array): Uint8Array {
  const indexBytes = new Writer('big').u32(index).finish();
  return createHash('sha256')
    .update(frame(SHARE_SCHEMA, set, indexBytes, share))
    .digest();
}

function checkOf(share: Omit<RecoveryShare, 'check'>): string {
  const { scope, ...rest } = share;
  const digest = createHash('sha256')
    .update(canonicalJson({ ...rest, scope: { ...scope } }))
    .digest();
  return toHex(digest.subarray(0, 8));
}

function isShare(value: unknown): value is RecoveryShare {
  if (!hasExactly(value, FIELDS)) return false;
  const { schema, set, scope, index, threshold, count, share, check } = value;
  return (
    schema === SHARE_SCHEMA &&
    isUuid(set) &&
    isScope(scope) &&
    isWithin(count, 2, 255) &&
    isWithin(threshold, 2, count) &&
    isWithin(index, 1, count) &&
    isShareText(share) &&
    typeof check === 'string'
  );
}

function isScope(value: unknown): value is RecoveryScope {
  if (hasExactly(value, ['kind'])) return value['kind'] === 'platform';
  if (!hasExactly(value, ['id', 'kind', 'name'])) return false;
  return value['kind'] === 'cluster' && isUuid(value['id']) && typeof value['name'] === 'string';
}

/** Secrets are 16 to 64 bytes, and the coordinate is one more. */
function isShareText(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    return isWithin(fromBase64url(value).length, 17, 65);
  } catch {
    return false;
  }
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function hasExactly(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).sort().join() === fields.join();
}

function malformed(message: string): RecoveryError {
  return new RecoveryError('recovery-share-malformed', `share: ${message}`);
}
