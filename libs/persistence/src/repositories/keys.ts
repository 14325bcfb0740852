import type { KeyMetadata } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Database } from '../database/database.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

export type KeyPurpose = KeyMetadata['purpose'];

/** All versions of one key. */
export interface KeyId {
  readonly purpose: KeyPurpose;
  readonly id: string;
}

export interface KeyName extends KeyId {
  readonly version: number;
}

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('keys')
    .leftJoin('dataKeys', (join) =>
      join
        .onRef('dataKeys.clusterId', '=', 'keys.clusterId')
        .onRef('dataKeys.purpose', '=', 'keys.purpose')
        .onRef('dataKeys.id', '=', 'keys.id')
        .onRef('dataKeys.version', '=', 'keys.version'),
    )
    .select(['keys.clusterId', 'keys.purpose', 'keys.id', 'keys.version', 'keys.owner', 'keys.state'])
    .select(['keys.useCount', 'keys.createdAt', 'keys.lastUsedAt', 'dataKeys.provider'])
    .where('keys.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toMetadata({ createdAt, lastUsedAt, ...row }: Row): KeyMetadata {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/** By purpose, id and version. */
export async function list(
  queries: Queries,
  clusterId: string,
  filter: { readonly purpose?: KeyPurpose | undefined },
  query: PageQuery,
): Promise<Page<KeyMetadata>> {
  const after = parseKeyCursor(query.cursor);
  const rows = await select(queries, clusterId)
    .$if(filter.purpose !== undefined, (q) => q.where('keys.purpose', '=', filter.purpose ?? 'volume'))
    .$if(after !== undefined, (q) =>
      q.where(
        sql<boolean>`(keys.purpose, keys.id, keys.version) > (${after?.purpose}, ${after?.id}, ${after?.version}::integer)`,
      ),
    )
    .orderBy('keys.purpose')
    .orderBy('keys.id')
    .orderBy('keys.version')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'keys', (row) => `${row.purpose} ${row.version} ${row.id}`, toMetadata);
}

const KEY = /^([a-z-]{1,40}) (\d{1,9}) ([!-~]{1,128})$/;

function parseKeyCursor(cursor: string | undefined) {
  const [, purpose, version, id] = KEY.exec(parseCursor('keys', cursor, KEY) ?? '') ?? [];
  return id === undefined ? undefined : { purpose, id, version: Number(version) };
}

/** Every version of a key, the newest first; none where there is no such key. */
export async function versions(
  queries: Queries,
  clusterId: string,
  { purpose, id }: KeyId,
): Promise<KeyMetadata[]> {
  const rows = await select(queries, clusterId)
    .where('keys.purpose', '=', purpose)
    .where('keys.id', '=', id)
    .orderBy('keys.version', 'desc')
    .execute();
  return rows.map(toMetadata);
}

/** As `versions`, and nobody else changes this key until the transaction ends. */
export async function lock(tx: Transaction, clusterId: string, key: KeyId): Promise<KeyMetadata[]> {
  await sql`select 1 from keys where cluster_id = ${clusterId} and purpose = ${key.purpose} and id = ${key.id}
    order by version for update`.execute(tx.queries);
  return versions(tx.queries, clusterId, key);
}

/** @throws PersistenceError `already-exists` where there is such a version */
export async function add(
  tx: Transaction,
  clusterId: string,
  key: KeyName & { readonly owner: string; readonly imported?: boolean },
): Promise<void> {
  try {
    await tx.queries
      .insertInto('keys')
      .values({ clusterId, ...key, state: 'active', createdAt: tx.now, lastUsedAt: null })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new PersistenceError('already-exists', 'a key of this name exists', { cause, got: key.id });
  }
}

/** A key that a mirror had, as it was; nothing where there is such a row. @returns whether it was put back */
export async function restore(
  tx: Transaction,
  clusterId: string,
  key: KeyName & { readonly owner: string; readonly state: 'active' | 'retired'; readonly createdAt: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('keys')
    .values({ clusterId, ...key, lastUsedAt: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Destroyed is for ever. @returns false where no row was in one of the states before */
export async function changeState(
  tx: Transaction,
  clusterId: string,
  { purpose, id, version }: KeyName,
  change: { readonly to: 'retired' | 'destroyed'; readonly from: readonly ('active' | 'retired')[] },
): Promise<boolean> {
  const changed = await tx.queries
    .updateTable('keys')
    .set({ state: change.to })
    .where('clusterId', '=', clusterId)
    .where('purpose', '=', purpose)
    .where('id', '=', id)
    .where('version', '=', version)
    .where('state', 'in', change.from)
    .returning('version')
    .execute();
  await mirrorAnew(tx, clusterId, { purpose, id }, changed);
  return changed.length > 0;
}

/** After a rotation: versions before this one encrypt nothing new. */
export async function retireBefore(
  tx: Transaction,
  clusterId: string,
  { purpose, id, version }: KeyName,
): Promise<void> {
  const retired = await tx.queries
    .updateTable('keys')
    .set({ state: 'retired' })
    .where('clusterId', '=', clusterId)
    .where('purpose', '=', purpose)
    .where('id', '=', id)
    .where('version', '<', version)
    .where('state', '=', 'active')
    .returning('version')
    .execute();
  await mirrorAnew(tx, clusterId, { purpose, id }, retired);
}

/** Mirrors keep the state of a key as well: what comes back from one is not younger than it was. */
async function mirrorAnew(
  tx: Transaction,
  clusterId: string,
  { purpose, id }: KeyId,
  changed: readonly { readonly version: number }[],
): Promise<void> {
  if (changed.length === 0) return;
  await sql`update data_keys set mirrored_to = '{}' where cluster_id = ${clusterId} and purpose = ${purpose}
    and id = ${id} and version = any(${changed.map(({ version }) => version)}::integer[])`.execute(
    tx.queries,
  );
}

/** LUKS UUIDs of the volumes that a cluster of scheme `constellation` brought with it. */
export async function listImported(queries: Queries, clusterId: string): Promise<string[]> {
  const rows = await queries
    .selectFrom('keys')
    .select('id')
    .where('clusterId', '=', clusterId)
    .where('imported', '=', true)
    .execute();
  return rows.map(({ id }) => id);
}

/** A key that somebody asks for by name. */
export interface KeyRequest extends KeyId {
  /** Undefined: the newest. */
  readonly version: number | undefined;
  /** Of whom the asker may have keys. */
  readonly owners: readonly string[];
}

export interface FoundKey {
  readonly version: number;
  readonly state: KeyMetadata['state'];
  readonly owner: string;
}

/** The version that is asked for, whosever it is. */
export async function look(
  database: Database,
  clusterId: string,
  { purpose, id, version }: KeyRequest,
): Promise<FoundKey | undefined> {
  const [row] = await database.prepared<FoundKey>(
    'key-look',
    `select version, state, owner from keys
     where cluster_id = $1 and purpose = $2 and id = $3 and version = coalesce($4::integer, version)
     order by version desc limit 1`,
    [clusterId, purpose, id, version ?? null],
  );
  return row;
}

export interface HandedOut {
  readonly version: number;
  readonly state: 'active' | 'retired';
}

/**
 * Counts one use of a key that may be had, in the statement that reads whether it may: what was destroyed or moved to
 * another owner in a commit before is not counted and not handed out. Its commit does not wait for the disk: a counter is
 * not worth a flush at each request, and only a crash of the database itself can lose the last of it.
 * @returns undefined where there is no such key, it is destroyed, or it is of another owner
 */
export async function handOut(
  database: Database,
  clusterId: string,
  { purpose, id, version, owners }: KeyRequest,
): Promise<HandedOut | undefined> {
  const [row] = await database.prepared<HandedOut>(
    'key-hand-out',
    `update keys k set use_count = k.use_count + 1, last_used_at = $6
     from (select set_config('synchronous_commit', 'off', true)) relaxed
     where k.cluster_id = $1 and k.purpose = $2 and k.id = $3
       and k.version = coalesce($4::integer,
         (select max(version) from keys where cluster_id = $1 and purpose = $2 and id = $3))
       and k.state <> 'destroyed' and k.owner = any($5)
     returning k.version, k.state`,
    [clusterId, purpose, id, version ?? null, owners, database.clock()],
  );
  return row;
}
