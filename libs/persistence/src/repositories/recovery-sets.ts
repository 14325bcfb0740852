import type { RecoverySet } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

export interface NewRecoverySet {
  readonly id: string;
  /** Null: the API's KEK. */
  readonly clusterId: string | null;
  readonly threshold: number;
  readonly commitment: Uint8Array;
  readonly createdBy: string;
  readonly shares: readonly {
    readonly index: number;
    readonly name: string;
    readonly recipient: string;
    readonly shareHash: Uint8Array;
  }[];
}

/** A set as shares are checked by it. */
export interface StoredRecoverySet {
  readonly set: RecoverySet;
  readonly commitment: Uint8Array;
  readonly shareHashes: readonly { readonly index: number; readonly shareHash: Uint8Array }[];
}

/** Makes the set the active one of its scope; the one before is superseded from the same moment on. */
export async function create(
  tx: Transaction,
  set: NewRecoverySet,
): Promise<{ readonly set: RecoverySet; readonly superseded: string | null }> {
  const { shares, clusterId, commitment, ...rest } = set;
  // Of two that issue at once, the later one supersedes the other's.
  await sql`select pg_advisory_xact_lock(hashtext('asterism recovery sets'))`.execute(tx.queries);
  const superseded = await supersede(tx, clusterId);
  await tx.queries
    .insertInto('recoverySets')
    .values({
      ...rest,
      clusterId,
      commitment: Buffer.from(commitment),
      state: 'active',
      createdAt: tx.now,
    })
    .execute();
  await tx.queries
    .insertInto('recoveryShares')
    .values(
      shares.map(({ shareHash, ...share }) => ({
        ...share,
        setId: set.id,
        shareHash: Buffer.from(shareHash),
        lastUsedAt: null,
      })),
    )
    .execute();
  const row = await select(tx.queries).where('recoverySets.id', '=', set.id).executeTakeFirstOrThrow();
  return { set: toSet(row), superseded };
}

/** @returns the id of the set that is taken no longer */
export async function supersede(tx: Transaction, clusterId: string | null): Promise<string | null> {
  const row = await tx.queries
    .updateTable('recoverySets')
    .set({ state: 'superseded' })
    .where('clusterId', 'is not distinct from', clusterId)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Of one scope, oldest first. */
export async function list(
  queries: Queries,
  clusterId: string | null,
  query: PageQuery,
): Promise<Page<RecoverySet>> {
  const after = parseIdCursor('recovery-sets', query.cursor);
  const rows = await select(queries)
    .where('recoverySets.clusterId', 'is not distinct from', clusterId)
    .$if(after !== undefined, (q) => q.where('recoverySets.id', '>', String(after)))
    .orderBy('recoverySets.id')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'recovery-sets', (row) => row.id, toSet);
}

export async function find(queries: Queries, id: string): Promise<StoredRecoverySet | undefined> {
  const row = await select(queries).where('recoverySets.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const shareHashes = await queries
    .selectFrom('recoveryShares')
    .select(['index', 'shareHash'])
    .where('setId', '=', id)
    .execute();
  return { set: toSet(row), commitment: row.commitment, shareHashes };
}

/** age recipients of the platform's active set. */
export async function platformRecipients(queries: Queries): Promise<string[]> {
  const rows = await queries
    .selectFrom('recoveryShares')
    .innerJoin('recoverySets', 'recoverySets.id', 'recoveryShares.setId')
    .select('recipient')
    .where('recoverySets.clusterId', 'is', null)
    .where('recoverySets.state', '=', 'active')
    .orderBy('index')
    .execute();
  return rows.map(({ recipient }) => recipient);
}

/** Notes that shares were used to recover. */
export async function noteUse(tx: Transaction, id: string, indexes: readonly number[]): Promise<void> {
  await tx.queries
    .updateTable('recoveryShares')
    .set({ lastUsedAt: tx.now })
    .where('setId', '=', id)
    .where('index', 'in', indexes)
    .execute();
}

function select(queries: Queries) {
  return queries
    .selectFrom('recoverySets')
    .leftJoin('clusters', 'clusters.id', 'recoverySets.clusterId')
    .selectAll('recoverySets')
    .select('clusters.name as clusterName')
    .select(
      sql<RecoverySet['shares']>`(select jsonb_agg(jsonb_build_object('index', index, 'name', name,
        'recipient', recipient, 'lastUsedAt', last_used_at) order by index)
        from recovery_shares where set_id = recovery_sets.id)`.as('shares'),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toSet({
  id,
  clusterId,
  clusterName,
  threshold,
  shares,
  state,
  createdBy,
  createdAt,
}: Row): RecoverySet {
  return {
    id,
    scope:
      clusterId === null ? { kind: 'platform' } : { kind: 'cluster', id: clusterId, name: clusterName ?? '' },
    threshold,
    // PostgreSQL writes its own form of a time into JSON.
    shares: shares.map((share) => ({
      ...share,
      lastUsedAt: share.lastUsedAt === null ? null : new Date(share.lastUsedAt).toISOString(),
    })),
    state,
    createdBy,
    createdAt: createdAt.toISOString(),
  };
}
