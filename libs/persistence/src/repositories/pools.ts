import type { Pool, PoolRole } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';
import { isUuid } from '../id.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('pools')
    .select(['id', 'clusterId', 'name', 'description', 'role', 'variant', 'stateDiskKdf'])
    .select(['activePolicyVersion', 'revision', 'createdAt'])
    .select(
      sql<Record<string, number>>`coalesce((select jsonb_object_agg(state, count) from
        (select state, count(*)::int as count from nodes where nodes.pool_id = pools.id group by state) as counts),
        '{}'::jsonb)`.as('nodeCounts'),
    )
    .where('clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toPool({ createdAt, variant, ...row }: Row): Pool {
  return { ...row, variant: variant as Pool['variant'], createdAt: createdAt.toISOString() };
}

/** @throws PersistenceError `already-exists` */
export async function create(
  tx: Transaction,
  clusterId: string,
  pool: {
    readonly name: string;
    readonly description: string;
    readonly role: PoolRole;
    readonly variant: Pool['variant'];
    readonly stateDiskKdf: Pool['stateDiskKdf'];
  },
): Promise<Pool> {
  const id = tx.newId();
  try {
    await tx.queries
      .insertInto('pools')
      .values({ id, clusterId, ...pool, activePolicyVersion: null, createdAt: tx.now })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new PersistenceError('already-exists', 'a pool of this name exists', { cause, got: pool.name });
  }
  return toPool(await select(tx.queries, clusterId).where('id', '=', id).executeTakeFirstOrThrow());
}

export async function find(queries: Queries, clusterId: string, idOrName: string): Promise<Pool | undefined> {
  const row = await select(queries, clusterId)
    .where(isUuid(idOrName) ? 'id' : 'name', '=', idOrName)
    .executeTakeFirst();
  return row && toPool(row);
}

/** All of them, by name. */
export async function listNames(queries: Queries, clusterId: string): Promise<string[]> {
  const rows = await queries
    .selectFrom('pools')
    .select('name')
    .where('clusterId', '=', clusterId)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

export async function list(queries: Queries, clusterId: string, query: PageQuery): Promise<Page<Pool>> {
  const after = parseIdCursor('pools', query.cursor);
  const rows = await select(queries, clusterId)
    .$if(after !== undefined, (q) => q.where('id', '>', String(after)))
    .orderBy('id')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'pools', (row) => row.id, toPool);
}

/** @throws PersistenceError `not-found`, `revision-stale` */
export async function update(
  tx: Transaction,
  clusterId: string,
  poolId: string,
  revision: number,
  change: { readonly description: string },
): Promise<Pool> {
  const updated = await tx.queries
    .updateTable('pools')
    .set({ ...change, revision: sql`revision + 1` })
    .where('clusterId', '=', clusterId)
    .where('id', '=', poolId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  const pool = await find(tx.queries, clusterId, poolId);
  if (pool === undefined) throw new PersistenceError('not-found', 'no such pool');
  if (updated.numUpdatedRows === 0n) {
    throw new PersistenceError('revision-stale', 'the pool was changed meanwhile', {
      got: revision,
      want: pool.revision,
    });
  }
  return pool;
}

/**
 * A pool goes only without nodes, revoked ones included: their records are what keeps a revoked machine out.
 * @throws PersistenceError `not-found`, `not-empty`
 */
export async function remove(tx: Transaction, clusterId: string, poolId: string): Promise<void> {
  const locked = await tx.queries
    .selectFrom('pools')
    .select('id')
    .where('clusterId', '=', clusterId)
    .where('id', '=', poolId)
    .forUpdate()
    .executeTakeFirst();
  if (locked === undefined) throw new PersistenceError('not-found', 'no such pool');
  const node = await tx.queries
    .selectFrom('nodes')
    .select('id')
    .where('clusterId', '=', clusterId)
    .where('poolId', '=', poolId)
    .limit(1)
    .executeTakeFirst();
  if (node !== undefined) throw new PersistenceError('not-empty', 'the pool has nodes');
  await tx.queries.deleteFrom('pools').where('id', '=', poolId).execute();
}
