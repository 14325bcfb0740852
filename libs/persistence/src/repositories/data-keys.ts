import type { ClusterKeys, DataKeyPurpose } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { RewrapCursor } from '../schema.ts';

export interface DataKeyName {
  readonly purpose: DataKeyPurpose;
  readonly id: string;
  readonly version: number;
}

/** A key under a provider's KEK. */
export interface WrappedDataKey {
  readonly provider: string;
  readonly kekVersion: string;
  readonly wrapped: Uint8Array;
}

export interface StoredDataKey extends DataKeyName, WrappedDataKey {
  readonly clusterId: string;
}

/** Of a key and of a cluster that are there; a statement that PostgreSQL plans once. */
export async function find(
  database: Database,
  clusterId: string,
  { purpose, id, version }: DataKeyName,
): Promise<WrappedDataKey | undefined> {
  const [row] = await database.prepared<{ provider: string; kek_version: string; wrapped: Uint8Array }>(
    'data-key-find',
    `select provider, kek_version, wrapped from data_keys
     where cluster_id = $1 and purpose = $2 and id = $3 and version = $4`,
    [clusterId, purpose, id, version],
  );
  return row && { provider: row.provider, kekVersion: row.kek_version, wrapped: row.wrapped };
}

/** Beside its row of `keys`, in the same transaction. @returns false where it was there already */
export async function add(
  tx: Transaction,
  clusterId: string,
  name: DataKeyName,
  { provider, kekVersion, wrapped }: WrappedDataKey,
): Promise<boolean> {
  const { purpose, id, version } = name;
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('dataKeys')
    .values({
      clusterId,
      purpose,
      id,
      version,
      provider,
      kekVersion,
      wrapped: Buffer.from(wrapped),
      createdAt: tx.now,
      wrappedAt: tx.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** The wrapped bytes are gone with this commit; mirrors delete theirs as soon as they answer. */
export async function destroy(tx: Transaction, clusterId: string, name: DataKeyName): Promise<void> {
  const { purpose, id, version } = name;
  await sql`
    with gone as (
      delete from data_keys where cluster_id = ${clusterId} and purpose = ${purpose} and id = ${id}
        and version = ${version} returning cluster_id, purpose, id, version
    )
    insert into mirror_deletions (cluster_id, purpose, id, version, created_at)
    select cluster_id, purpose, id, version, ${tx.now}::timestamptz from gone
    on conflict do nothing`.execute(tx.queries);
}

/** Before a cluster is deleted with its keys. */
export async function destroyAll(tx: Transaction, clusterId: string): Promise<void> {
  await sql`
    insert into mirror_deletions (cluster_id, purpose, id, version, created_at)
    select cluster_id, purpose, id, version, ${tx.now}::timestamptz from data_keys where cluster_id = ${clusterId}
    on conflict do nothing`.execute(tx.queries);
}

/** Whose KEK wraps a new key: that of the rewrap under way, else the cluster's own. */
export interface Wrapping {
  readonly mode: ClusterKeys['mode'];
  readonly provider: string | null;
}

export async function findWrapping(queries: Queries, clusterId: string): Promise<Wrapping | undefined> {
  const { rows } = await sql<Wrapping>`
    select c.key_mode as mode, coalesce((select r.provider from rewraps r
      where r.cluster_id = c.id and r.state in ('running', 'waiting')), c.kek_provider) as provider
    from clusters c where c.id = ${clusterId}`.execute(queries);
  return rows[0];
}

/** As `findWrapping`, and no rewrap begins or ends until the transaction does. */
export async function holdWrapping(tx: Transaction, clusterId: string): Promise<Wrapping | undefined> {
  // By itself: a statement that waits for a lock goes on with what it saw before.
  await sql`select 1 from clusters where id = ${clusterId} for key share`.execute(tx.queries);
  return findWrapping(tx.queries, clusterId);
}

/** How many clusters of `visible` each provider wraps keys of, or is to wrap new ones of. */
export async function countClusters(
  queries: Queries,
  visible: readonly string[] | 'all',
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ provider: string; clusters: number }>`
    select provider, count(distinct cluster_id)::int as clusters from (
      select kek_provider as provider, id as cluster_id from clusters where kek_provider is not null
      union all select distinct provider, cluster_id from data_keys
    ) used
    where ${visible === 'all'}::boolean or cluster_id = any(${visible === 'all' ? [] : visible}::uuid[])
    group by provider`.execute(queries);
  return new Map(rows.map(({ provider, clusters }) => [provider, clusters]));
}

export interface RewrapSelection {
  /** The one that is to wrap them all. */
  readonly provider: string;
  /** Under that provider: those that were wrapped before this. */
  readonly before: Date;
  readonly after: RewrapCursor | null;
}

function selectOutdated(queries: Queries, clusterId: string, { provider, before }: RewrapSelection) {
  return queries
    .selectFrom('dataKeys')
    .where('clusterId', '=', clusterId)
    .where((eb) => eb.or([eb('provider', '<>', provider), eb('wrappedAt', '<', before)]));
}

/** Keys that are still to be wrapped anew, in the order of their names. */
export async function listOutdated(
  queries: Queries,
  clusterId: string,
  selection: RewrapSelection,
  limit: number,
): Promise<StoredDataKey[]> {
  const { after } = selection;
  return selectOutdated(queries, clusterId, selection)
    .select(['clusterId', 'purpose', 'id', 'version', 'provider', 'kekVersion', 'wrapped'])
    .$if(after !== null, (q) =>
      q.where(
        sql<boolean>`(purpose, id, version) > (${after?.purpose}, ${after?.id}, ${after?.version}::integer)`,
      ),
    )
    .orderBy('purpose')
    .orderBy('id')
    .orderBy('version')
    .limit(limit)
    .execute();
}

export async function countOutdated(
  queries: Queries,
  clusterId: string,
  selection: RewrapSelection,
): Promise<number> {
  const { count } = await selectOutdated(queries, clusterId, selection)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export interface Rewrapped {
  readonly before: StoredDataKey;
  readonly after: WrappedDataKey;
}

/**
 * Each takes the place of what it was made from, or nothing where that has changed or gone meanwhile.
 * @param since when the rewrap began, by another replica's clock: what it has done is never older
 */
export async function replace(
  tx: Transaction,
  clusterId: string,
  keys: readonly Rewrapped[],
  since: Date,
): Promise<void> {
  const column = <Value>(read: (key: Rewrapped) => Value) => keys.map(read);
  await sql`
    update data_keys d set provider = n.provider, kek_version = n.kek_version, wrapped = n.wrapped,
      wrapped_at = greatest(${tx.now}::timestamptz, ${since}::timestamptz), mirrored_to = '{}'
    from unnest(${column(({ before }) => before.purpose)}::text[], ${column(({ before }) => before.id)}::text[],
      ${column(({ before }) => before.version)}::integer[], ${column(({ before }) => Buffer.from(before.wrapped))}::bytea[],
      ${column(({ after }) => after.provider)}::text[], ${column(({ after }) => after.kekVersion)}::text[],
      ${column(({ after }) => Buffer.from(after.wrapped))}::bytea[])
      as n (purpose, id, version, was, provider, kek_version, wrapped)
    where d.cluster_id = ${clusterId} and d.purpose = n.purpose and d.id = n.id and d.version = n.version
      and d.wrapped = n.was`.execute(tx.queries);
}
