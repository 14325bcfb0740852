import type { Cluster, ClusterKeys } from '@asterism/contracts';
import { sql } from 'kysely';
import { isUniqueViolation } from '../database/database-errors.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import { PersistenceError } from '../errors.ts';
import { isUuid } from '../id.ts';

/** What a cluster's keys are made from. Never leaves the API. */
export interface ClusterSecrets {
  readonly wrappedRoot: Uint8Array;
  readonly salt: Uint8Array;
  readonly measurementSalt: Uint8Array;
}

export interface NewCluster extends ClusterSecrets {
  readonly keys: ClusterKeys;
  /** Also additional data of the wrapped root, so the caller makes it (`database.newId()`). */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly kubernetesMode: Cluster['kubernetesMode'];
  /** Hexadecimal, protocol §5. */
  readonly clusterId: string;
}

function select(queries: Queries) {
  return queries
    .selectFrom('clusters')
    .select(['id', 'name', 'description', 'kubernetesMode', 'measuredId', 'state', 'revision', 'createdAt'])
    .select(['keyMode', 'keyScheme', 'kekProvider'])
    .select(
      sql<Record<string, number>>`coalesce((select jsonb_object_agg(state, count) from
        (select state, count(*)::int as count from nodes where nodes.cluster_id = clusters.id group by state) as counts),
        '{}'::jsonb)`.as('nodeCounts'),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toCluster({ measuredId, createdAt, keyMode, keyScheme, kekProvider, ...row }: Row): Cluster {
  const keys: ClusterKeys =
    keyMode === 'external'
      ? { mode: keyMode, scheme: 'asterism', provider: kekProvider ?? '' }
      : { mode: keyMode, scheme: keyScheme };
  return { ...row, keys, clusterId: measuredId, createdAt: createdAt.toISOString() };
}

/** @throws PersistenceError `already-exists` where the name is taken */
export async function create(tx: Transaction, cluster: NewCluster): Promise<Cluster> {
  const { clusterId, wrappedRoot, salt, measurementSalt, keys, ...rest } = cluster;
  try {
    await tx.queries
      .insertInto('clusters')
      .values({
        ...rest,
        measuredId: clusterId,
        state: 'created',
        initialiserId: null,
        keyMode: keys.mode,
        keyScheme: keys.scheme,
        kekProvider: keys.mode === 'external' ? keys.provider : null,
        wrappedRoot: Buffer.from(wrappedRoot),
        salt: Buffer.from(salt),
        measurementSalt: Buffer.from(measurementSalt),
        createdAt: tx.now,
      })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new PersistenceError('already-exists', 'a cluster of this name, or with these keys, exists', {
      cause,
      got: cluster.name,
    });
  }
  return toCluster(await select(tx.queries).where('id', '=', cluster.id).executeTakeFirstOrThrow());
}

export async function find(queries: Queries, idOrName: string): Promise<Cluster | undefined> {
  const row = await select(queries)
    .where(isUuid(idOrName) ? 'id' : 'name', '=', idOrName)
    .executeTakeFirst();
  return row && toCluster(row);
}

/** Only clusters in `visible`; `all` for a principal with a global role. */
export async function list(
  queries: Queries,
  visible: readonly string[] | 'all',
  query: PageQuery,
): Promise<Page<Cluster>> {
  const after = parseIdCursor('clusters', query.cursor);
  if (visible !== 'all' && visible.length === 0) return { items: [], nextCursor: null };
  const rows = await select(queries)
    .$if(visible !== 'all', (q) => q.where('id', 'in', visible as readonly string[]))
    .$if(after !== undefined, (q) => q.where('id', '>', String(after)))
    .orderBy('id')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'clusters', (row) => row.id, toCluster);
}

/** @throws PersistenceError `not-found`, `revision-stale` */
export async function update(
  tx: Transaction,
  clusterId: string,
  revision: number,
  change: { readonly description: string },
): Promise<Cluster> {
  const updated = await tx.queries
    .updateTable('clusters')
    .set({ ...change, revision: sql`revision + 1` })
    .where('id', '=', clusterId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  const cluster = await find(tx.queries, clusterId);
  if (cluster === undefined) throw new PersistenceError('not-found', 'no such cluster');
  if (updated.numUpdatedRows === 0n) {
    throw new PersistenceError('revision-stale', 'the cluster was changed meanwhile', {
      got: revision,
      want: cluster.revision,
    });
  }
  return cluster;
}

/**
 * Deletes the cluster with its pools, policies, enrolments, keys and revoked nodes. Appraisals and audit records stay.
 * @throws PersistenceError `not-found`, `not-empty` while it has nodes that are not revoked
 */
export async function remove(tx: Transaction, clusterId: string): Promise<void> {
  const locked = await tx.queries
    .selectFrom('clusters')
    .select('id')
    .where('id', '=', clusterId)
    .forUpdate()
    .executeTakeFirst();
  if (locked === undefined) throw new PersistenceError('not-found', 'no such cluster');
  const node = await tx.queries
    .selectFrom('nodes')
    .select('id')
    .where('clusterId', '=', clusterId)
    .where('state', '<>', 'revoked')
    .limit(1)
    .executeTakeFirst();
  if (node !== undefined)
    throw new PersistenceError('not-empty', 'the cluster has nodes that are not revoked');
  await tx.queries.deleteFrom('clusters').where('id', '=', clusterId).execute();
}

export async function readSecrets(
  queries: Queries,
  clusterId: string,
): Promise<(ClusterSecrets & { readonly scheme: ClusterKeys['scheme'] }) | undefined> {
  return queries
    .selectFrom('clusters')
    .select(['wrappedRoot', 'salt', 'measurementSalt', 'keyScheme as scheme'])
    .where('id', '=', clusterId)
    .executeTakeFirst();
}

/** By id, after one; to see which of them a KEK opens. */
export async function readWrappedRoots(
  queries: Queries,
  after: string | undefined,
  limit: number,
): Promise<{ id: string; name: string; wrappedRoot: Uint8Array }[]> {
  return queries
    .selectFrom('clusters')
    .select(['id', 'name', 'wrappedRoot'])
    .$if(after !== undefined, (q) => q.where('id', '>', String(after)))
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The same root, wrapped under another KEK. */
export async function rewrapRoot(tx: Transaction, clusterId: string, wrappedRoot: Uint8Array): Promise<void> {
  await tx.queries
    .updateTable('clusters')
    .set({ wrappedRoot: Buffer.from(wrappedRoot) })
    .where('id', '=', clusterId)
    .execute();
}
