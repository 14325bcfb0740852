import { sql } from 'kysely';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { CollateralTable } from '../schema.ts';

type Row = CollateralTable;
export type CollateralKey = Pick<Row, 'kind' | 'key'>;
export type CollateralFacts = Omit<Row, 'content' | 'issuerChain'>;
export type StoredCollateral = Omit<Row, 'content'> & { readonly content: Uint8Array };
export type UsedCollateral = Pick<Row, 'kind' | 'key' | 'contentSha256'>;

const FACTS = [
  'kind',
  'key',
  'contentSha256',
  'issuer',
  'source',
  'thisUpdate',
  'nextUpdate',
  'fetchedAt',
] as const;

export async function find(
  queries: Queries,
  { kind, key }: CollateralKey,
): Promise<StoredCollateral | undefined> {
  return queries
    .selectFrom('collateral')
    .selectAll()
    .where('kind', '=', kind)
    .where('key', '=', key)
    .executeTakeFirst();
}

/**
 * Writes, unless there is a newer one: replicas and operators must not bring an older list back (S15).
 * @returns whether another content was there before; `older` where nothing was written
 */
export async function put(
  { queries }: Transaction,
  stored: StoredCollateral,
): Promise<'new' | 'changed' | 'unchanged' | 'older'> {
  const { kind, key } = stored;
  const before = await queries
    .selectFrom('collateral')
    .select('contentSha256')
    .where('kind', '=', kind)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  const row = { ...stored, content: Buffer.from(stored.content) };
  const { numInsertedOrUpdatedRows } = await queries
    .insertInto('collateral')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'key'])
        .doUpdateSet(row)
        .whereRef('collateral.thisUpdate', '<=', 'excluded.thisUpdate'),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return 'older';
  if (before === undefined) return 'new';
  return before.contentSha256 === stored.contentSha256 ? 'unchanged' : 'changed';
}

/** With contents, by kind and key. */
export async function all(queries: Queries, limit: number): Promise<StoredCollateral[]> {
  return queries.selectFrom('collateral').selectAll().orderBy('kind').orderBy('key').limit(limit).execute();
}

const LIST = 'collateral';
const KEY = /^[a-z-]{1,40} [A-Za-z0-9./]{1,200}$/;

/** By kind and key. @throws PersistenceError `cursor-invalid` */
export async function list(queries: Queries, { cursor, limit }: PageQuery): Promise<Page<CollateralFacts>> {
  const [kind = '', key = ''] = parseCursor(LIST, cursor, KEY)?.split(' ') ?? [];
  const rows = await queries
    .selectFrom('collateral')
    .select(FACTS)
    .where((eb) => eb(eb.refTuple('kind', 'key'), '>', eb.tuple(kind, key)))
    .orderBy('kind')
    .orderBy('key')
    .limit(limit + 1)
    .execute();
  return toPage(
    rows,
    limit,
    LIST,
    (row) => `${row.kind} ${row.key}`,
    (row) => row,
  );
}

/** What has expired is never used again (S15). */
export async function prune(queries: Queries, now: Date): Promise<void> {
  await queries.deleteFrom('collateral').where('nextUpdate', '<=', now).execute();
}

/** What the node's latest appraisal was made with, in place of what the one before was. */
export async function noteUsed(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  used: readonly UsedCollateral[],
): Promise<void> {
  await tx.queries.deleteFrom('nodeCollateral').where('nodeId', '=', nodeId).execute();
  if (used.length === 0) return;
  await tx.queries
    .insertInto('nodeCollateral')
    .values(used.map(({ kind, key, contentSha256 }) => ({ clusterId, nodeId, kind, key, contentSha256 })))
    .execute();
}

/**
 * Nodes whose latest appraisal used another content than is there now are due within `spread` milliseconds, each at its
 * own time, so that a thousand are not asked at once (S15, S36). What has not come to pass yet comes with the next call.
 * @returns how many were made due
 */
export async function appraiseDependents(
  queries: Queries,
  { now, spread }: { readonly now: Date; readonly spread: number },
): Promise<number> {
  const latest = new Date(now.getTime() + spread);
  const { numAffectedRows } = await sql`
    update nodes set next_appraisal_at = ${now}::timestamptz + random() * ${spread} * interval '1 millisecond'
    where state in ('attesting', 'locked', 'disk-open', 'member') and next_appraisal_at > ${latest} and id in (
      select n.node_id from node_collateral n join collateral c using (kind, key)
      where c.content_sha256 <> n.content_sha256
    )`.execute(queries);
  return Number(numAffectedRows ?? 0);
}
