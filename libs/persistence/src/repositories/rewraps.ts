import type { Rewrap } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';
import { isUuid } from '../id.ts';
import type { RewrapCursor } from '../schema.ts';

function select(queries: Queries) {
  return queries
    .selectFrom('rewraps')
    .select(['id', 'clusterId', 'provider', 'state', 'total', 'done', 'reason', 'requestedBy'])
    .select(['createdAt', 'updatedAt', 'finishedAt']);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toRewrap({ createdAt, updatedAt, finishedAt, ...row }: Row): Rewrap {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/**
 * New keys of the cluster are wrapped by the new provider from this commit on.
 * @throws PersistenceError `already-exists` while another one is open
 */
export async function create(
  tx: Transaction,
  clusterId: string,
  order: { readonly provider: string; readonly total: number; readonly requestedBy: string },
): Promise<Rewrap> {
  const id = tx.newId();
  const at = { startedAt: tx.now, createdAt: tx.now, updatedAt: tx.now };
  try {
    await tx.queries
      .insertInto('rewraps')
      .values({ id, clusterId, ...order, ...at, state: 'running' })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new PersistenceError('already-exists', 'a rewrap of this cluster is under way', { cause });
  }
  return toRewrap(await select(tx.queries).where('id', '=', id).executeTakeFirstOrThrow());
}

/** Waits for those who make keys under the provider of before, and holds off those who come. */
export async function lockCluster(tx: Transaction, clusterId: string): Promise<void> {
  await sql`select 1 from clusters where id = ${clusterId} for update`.execute(tx.queries);
}

export async function find(queries: Queries, clusterId: string, id: string): Promise<Rewrap | undefined> {
  if (!isUuid(id)) return undefined;
  const row = await select(queries)
    .where('clusterId', '=', clusterId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toRewrap(row);
}

/** Newest first. */
export async function list(queries: Queries, clusterId: string, query: PageQuery): Promise<Page<Rewrap>> {
  const after = parseIdCursor('rewraps', query.cursor);
  const rows = await select(queries)
    .where('clusterId', '=', clusterId)
    .$if(after !== undefined, (q) => q.where('id', '<', String(after)))
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'rewraps', (row) => row.id, toRewrap);
}

/** @returns false where it is open no more */
export async function cancel(tx: Transaction, clusterId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.queries
    .updateTable('rewraps')
    .set({ state: 'cancelled', reason: null, updatedAt: tx.now, finishedAt: tx.now })
    .where('clusterId', '=', clusterId)
    .where('id', '=', id)
    .where('state', 'in', ['running', 'waiting'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export interface ClaimedRewrap {
  readonly id: string;
  readonly clusterId: string;
  readonly provider: string;
  readonly state: 'running' | 'waiting';
  readonly startedAt: Date;
  readonly cursor: RewrapCursor | null;
  readonly total: number;
  readonly done: number;
}

/** Takes an open rewrap that no living replica works on. @param except which are let rest */
export async function claim(
  queries: Queries,
  lease: { readonly by: string; readonly now: Date; readonly until: Date },
  except: readonly string[],
): Promise<ClaimedRewrap | undefined> {
  const { rows } = await sql<ClaimedRewrap>`
    update rewraps set leased_by = ${lease.by}, leased_until = ${lease.until}
    where id = (
      select id from rewraps where state in ('running', 'waiting')
        and (leased_until is null or leased_until < ${lease.now} or leased_by = ${lease.by})
        and id <> all(${[...except]}::uuid[])
      order by id limit 1 for update skip locked
    )
    returning id, cluster_id, provider, state, started_at, cursor, total, done`.execute(queries);
  return rows[0];
}

export interface RewrapStep {
  readonly by: string;
  readonly until: Date;
  readonly state: 'running' | 'waiting' | 'done';
  readonly cursor: RewrapCursor | null;
  readonly done: number;
  readonly reason: string | null;
}

/** @returns false where it is cancelled or another replica has taken it over; the caller must roll back */
export async function advance(tx: Transaction, id: string, step: RewrapStep): Promise<boolean> {
  const { by, until, state, cursor, done, reason } = step;
  const ended = state === 'done';
  const { numUpdatedRows } = await tx.queries
    .updateTable('rewraps')
    .set({
      state,
      done,
      reason,
      cursor: cursor === null ? null : JSON.stringify(cursor),
      updatedAt: tx.now,
      leasedUntil: ended ? null : until,
      ...(ended ? { leasedBy: null, finishedAt: tx.now } : {}),
    })
    .where('id', '=', id)
    .where('leasedBy', '=', by)
    .where('state', 'in', ['running', 'waiting'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** At the end: the cluster's own provider from now on. */
export async function adoptProvider(tx: Transaction, clusterId: string, provider: string): Promise<void> {
  await tx.queries
    .updateTable('clusters')
    .set({ kekProvider: provider })
    .where('id', '=', clusterId)
    .where('keyMode', '=', 'external')
    .execute();
}

/** @returns the rewrap where that is news; undefined where it waits for this already, or is open here no more */
export async function noteWaiting(
  tx: Transaction,
  id: string,
  by: string,
  reason: string,
): Promise<Rewrap | undefined> {
  const { numUpdatedRows } = await tx.queries
    .updateTable('rewraps')
    .set({ state: 'waiting', reason, updatedAt: tx.now })
    .where('id', '=', id)
    .where('leasedBy', '=', by)
    .where('state', 'in', ['running', 'waiting'])
    .where((eb) => eb.or([eb('state', '=', 'running'), eb('reason', 'is distinct from', reason)]))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  const row = await select(tx.queries).where('id', '=', id).executeTakeFirst();
  return row && toRewrap(row);
}
