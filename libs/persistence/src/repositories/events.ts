import type { EventType, PlatformEvent } from '@asterism/contracts';
import type { EventEntry, Queries, Transaction } from '../database/transaction.ts';

/** Channel that carries the id of the last event of a commit. */
export const EVENTS_CHANNEL = 'asterism_events';

/** Goes out when the transaction commits; see Transaction. */
export function append(tx: Transaction, event: EventEntry): void {
  tx.occurrences.push(event);
}

/** Events after an id in the order of their commits; `clusters` as in `audit.list`. */
export async function readAfter(
  queries: Queries,
  clusters: readonly string[] | 'all',
  id: number,
  limit: number,
): Promise<PlatformEvent[]> {
  if (clusters !== 'all' && clusters.length === 0) return [];
  const rows = await queries
    .selectFrom('events')
    .selectAll()
    .where('id', '>', id)
    .$if(clusters !== 'all', (q) => q.where('clusterId', 'in', clusters as readonly string[]))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: String(row.id),
    type: row.type as EventType,
    clusterId: row.clusterId,
    at: row.at.toISOString(),
    data: row.data,
  }));
}

/** Id of the newest event, 0 while there is none: where a follower without `Last-Event-ID` starts. */
export async function readLastId(queries: Queries): Promise<number> {
  const row = await queries
    .selectFrom('events')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

/** Deletes what is older than `before`; the newest event stays, so that ids never start again. */
export async function prune(queries: Queries, before: Date): Promise<number> {
  const result = await queries
    .deleteFrom('events')
    .where('at', '<', before)
    .where('id', '<', (eb) => eb.selectFrom('events').select((inner) => inner.fn.max('id').as('id')))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
