import { BytesError, canonicalJsonBytes, sha256, toHex, type Json } from '@asterism/bytes';
import type { AuditRecord } from '@asterism/contracts';
import type { Queries } from './database/transaction.ts';
import * as audit from './repositories/audit.ts';

const PAGE = 1_000;
export const NO_HASH = '0'.repeat(64);

export interface ChainVerification {
  readonly intact: boolean;
  /** Records read, up to and without the one that breaks. */
  readonly records: number;
  readonly brokenAt: number | null;
  readonly reason: string | null;
}

/** SHA-256 of the canonical JSON of the record without `hash` (contracts, audit.ts). */
export async function toAuditHash(record: Omit<AuditRecord, 'hash'>): Promise<string> {
  const { sequence, at, clusterId, actor, action, target, details, previous } = record;
  const content = { sequence, at, clusterId, actor, action, target, details: details as Json, previous };
  return toHex(await sha256(canonicalJsonBytes(content)));
}

/** Undefined for what was never written as a record: an edit that has no canonical form has no hash either. */
async function hashOf(record: AuditRecord): Promise<string | undefined> {
  try {
    return await toAuditHash(record);
  } catch (error) {
    if (error instanceof BytesError) return undefined;
    throw error;
  }
}

/**
 * Reads the whole chain in pages and names the first record that does not fit. `signedHead`, where given, is a head
 * whose signature the caller has checked: records cut off behind it are found by it, which the chain alone cannot show.
 */
export async function verifyAuditChain(
  queries: Queries,
  signedHead?: audit.ChainHead,
): Promise<ChainVerification> {
  let last: audit.ChainHead = { sequence: 0, hash: NO_HASH };
  let headSeen = signedHead === undefined;
  const broken = (brokenAt: number, reason: string): ChainVerification => ({
    intact: false,
    records: last.sequence,
    brokenAt,
    reason,
  });
  for (;;) {
    const page = await audit.readAfter(queries, 'all', last.sequence, PAGE);
    for (const record of page) {
      const want = last.sequence + 1;
      if (record.sequence !== want) return broken(want, `record ${want} is missing`);
      if (record.previous !== last.hash) return broken(want, 'previous is not the hash of the record before');
      if (record.hash !== (await hashOf(record))) return broken(want, 'the record does not match its hash');
      if (signedHead?.sequence === want) {
        if (signedHead.hash !== record.hash) return broken(want, 'the record is not the one that was signed');
        headSeen = true;
      }
      last = record;
    }
    if (page.length < PAGE) break;
  }
  if (!headSeen) return broken(last.sequence + 1, 'records up to the signed head are missing');
  return { intact: true, records: last.sequence, brokenAt: null, reason: null };
}
