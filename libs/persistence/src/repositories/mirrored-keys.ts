import type { KeyMetadata } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Queries } from '../database/transaction.ts';
import type { DataKeyName, StoredDataKey } from './data-keys.ts';

/** What a mirror keeps of a key. */
export interface MirroredKey extends StoredDataKey {
  readonly owner: string;
  readonly state: KeyMetadata['state'];
  /** Machine that owns the disk; null for what is no state disk. */
  readonly identity: string | null;
  readonly createdAt: Date;
}

/** Keys that this mirror does not have as they are. */
export async function listUnmirrored(
  queries: Queries,
  mirror: string,
  limit: number,
): Promise<MirroredKey[]> {
  const { rows } = await sql<MirroredKey>`
    select d.cluster_id, d.purpose, d.id, d.version, d.provider, d.kek_version, d.wrapped, d.created_at,
      k.owner, k.state, s.identity
    from data_keys d
    join keys k on k.cluster_id = d.cluster_id and k.purpose = d.purpose and k.id = d.id and k.version = d.version
    left join state_disks s on d.purpose = 'state-disk' and s.cluster_id = d.cluster_id and s.disk_id = d.id
    where not d.mirrored_to @> array[${mirror}]::text[]
    order by d.cluster_id, d.purpose, d.id, d.version limit ${limit}`.execute(queries);
  return rows;
}

/** @returns false where the key has changed or gone since: what was written is then old */
export async function noteMirrored(queries: Queries, mirror: string, key: MirroredKey): Promise<boolean> {
  // Held, because a statement that waits for who retires the key goes on with the state that it saw before.
  const { rows } = await sql`
    with held as (
      select cluster_id, purpose, id, version from keys where cluster_id = ${key.clusterId} and purpose = ${key.purpose}
        and id = ${key.id} and version = ${key.version} and state = ${key.state} for share
    )
    update data_keys d set mirrored_to = array_append(d.mirrored_to, ${mirror}::text) from held k
    where d.cluster_id = k.cluster_id and d.purpose = k.purpose and d.id = k.id and d.version = k.version
      and d.wrapped = ${Buffer.from(key.wrapped)} and not d.mirrored_to @> array[${mirror}]::text[]
    returning 1`.execute(queries);
  return rows.length > 0;
}

/** After an old copy was written, over a newer one perhaps: it is to be written again. @returns false where the key is gone */
export async function noteOutdated(queries: Queries, mirror: string, key: StoredDataKey): Promise<boolean> {
  const { rows } = await sql`
    update data_keys set mirrored_to = array_remove(mirrored_to, ${mirror}::text)
    where cluster_id = ${key.clusterId} and purpose = ${key.purpose} and id = ${key.id} and version = ${key.version}
    returning 1`.execute(queries);
  return rows.length > 0;
}

export interface MirrorDeletion extends DataKeyName {
  readonly clusterId: string;
}

/** Destroyed keys that this mirror still has. */
export async function listDeletions(
  queries: Queries,
  mirror: string,
  limit: number,
): Promise<MirrorDeletion[]> {
  return queries
    .selectFrom('mirrorDeletions')
    .select(['clusterId', 'purpose', 'id', 'version'])
    .where(sql<boolean>`not done_by @> array[${mirror}]::text[]`)
    .orderBy('createdAt')
    .limit(limit)
    .execute();
}

/** @param mirrors all that are configured: what every one of them has deleted is forgotten */
export async function noteDeleted(
  queries: Queries,
  mirror: string,
  mirrors: readonly string[],
  { clusterId, purpose, id, version }: MirrorDeletion,
): Promise<void> {
  const one = sql`cluster_id = ${clusterId} and purpose = ${purpose} and id = ${id} and version = ${version}`;
  await sql`update mirror_deletions set done_by = array_append(done_by, ${mirror}::text)
    where ${one} and not done_by @> array[${mirror}]::text[]`.execute(queries);
  await sql`delete from mirror_deletions where ${one} and done_by @> ${[...mirrors]}::text[]`.execute(
    queries,
  );
}

/** Rows that some mirror has in another state. */
export async function countPending(queries: Queries, mirrors: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from data_keys where not mirrored_to @> ${[...mirrors]}::text[])::int
      + (select count(*) from mirror_deletions where not done_by @> ${[...mirrors]}::text[])::int as count`.execute(
    queries,
  );
  return rows[0]?.count ?? 0;
}
