import { canonicalJsonBytes, sha256, toHex, type Json } from '@asterism/bytes';
import type { AuditRecord } from '@asterism/contracts';

export interface ChainState {
  /** Sequence and hash of the last record that fits. */
  readonly sequence: number;
  readonly hash: string;
}

export interface ChainBreak {
  readonly sequence: number;
  readonly reason: string;
}

export const CHAIN_START: ChainState = { sequence: 0, hash: '0'.repeat(64) };

/**
 * Recomputes records that follow `state`: numbers without a gap, each naming the hash of the one before, each with the
 * hash of its own content. Says nothing about records that were never shown; the signed head does.
 */
export async function extendChain(
  state: ChainState,
  records: readonly AuditRecord[],
): Promise<{ readonly state: ChainState; readonly broken: ChainBreak | null }> {
  let current = state;
  for (const record of records) {
    const broken = await findBreak(current, record);
    if (broken !== null) return { state: current, broken: { sequence: record.sequence, reason: broken } };
    current = { sequence: record.sequence, hash: record.hash };
  }
  return { state: current, broken: null };
}

async function findBreak(state: ChainState, record: AuditRecord): Promise<string | null> {
  if (record.sequence !== state.sequence + 1) {
    return `record ${state.sequence + 1} is missing: the next one shown is ${record.sequence}`;
  }
  if (record.previous !== state.hash)
    return `record ${record.sequence} does not follow record ${state.sequence}`;
  const { hash, ...content } = record;
  const computed = toHex(await sha256(canonicalJsonBytes(content as unknown as Json)));
  return computed === hash
    ? null
    : `record ${record.sequence} has been changed: its content does not give its hash`;
}
