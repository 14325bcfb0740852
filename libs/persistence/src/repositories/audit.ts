import type { AuditRecord } from '@asterism/contracts';
import type { Queries, Transaction, AuditEntry } from '../database/transaction.ts';
import { parseNumberCursor, toPage, type Page, type PageQuery } from '../cursor.ts';

/** Joins the chain when the transaction ends; see Transaction. */
export function append(tx: Transaction, entry: AuditEntry): void {
  tx.audits.push(entry);
}

export interface AuditFilter {
  /** `all`, or the clusters whose records may be seen; records without a cluster only with `all`. */
  readonly clusters: readonly string[] | 'all';
  readonly order: 'newest-first' | 'oldest-first';
}

export async function list(
  queries: Queries,
  filter: AuditFilter,
  query: PageQuery,
): Promise<Page<AuditRecord>> {
  const from = parseNumberCursor('audit', query.cursor);
  if (filter.clusters !== 'all' && filter.clusters.length === 0) return { items: [], nextCursor: null };
  const newest = filter.order === 'newest-first';
  const rows = await queries
    .selectFrom('audit')
    .selectAll()
    .$if(filter.clusters !== 'all', (q) => q.where('clusterId', 'in', filter.clusters as readonly string[]))
    .$if(from !== undefined, (q) => q.where('sequence', newest ? '<' : '>', Number(from)))
    .orderBy('sequence', newest ? 'desc' : 'asc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'audit', (row) => row.sequence, toAuditRecord);
}

/** Records after a sequence, oldest first: for followers and for verification. */
export async function readAfter(
  queries: Queries,
  clusters: readonly string[] | 'all',
  sequence: number,
  limit: number,
): Promise<AuditRecord[]> {
  if (clusters !== 'all' && clusters.length === 0) return [];
  const rows = await queries
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', sequence)
    .$if(clusters !== 'all', (q) => q.where('clusterId', 'in', clusters as readonly string[]))
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(toAuditRecord);
}

export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The newest record; undefined while there is none. */
export async function readHead(queries: Queries): Promise<ChainHead | undefined> {
  return queries
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export interface SignedHead extends ChainHead {
  readonly signature: string;
  readonly signedAt: Date;
}

export async function storeSignedHead(queries: Queries, head: SignedHead): Promise<void> {
  await queries
    .insertInto('auditHeads')
    .values(head)
    .onConflict((conflict) => conflict.column('sequence').doNothing())
    .execute();
}

/** The newest signed head; every signed head must still fit the chain. */
export async function readSignedHead(queries: Queries): Promise<SignedHead | undefined> {
  return queries.selectFrom('auditHeads').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirst();
}

function toAuditRecord(row: {
  sequence: number;
  at: Date;
  clusterId: string | null;
  actor: string;
  action: string;
  target: string;
  details: Record<string, unknown>;
  previous: string;
  hash: string;
}): AuditRecord {
  return { ...row, at: row.at.toISOString() };
}
