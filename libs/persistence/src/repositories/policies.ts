import type { PolicyDocument, PolicyVersion } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseNumberCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

function select(queries: Queries, clusterId: string, poolId: string) {
  return queries
    .selectFrom('policies')
    .innerJoin('pools', 'pools.id', 'policies.poolId')
    .select(['policies.poolId', 'policies.version', 'policies.document', 'policies.comment'])
    .select(['policies.createdBy', 'policies.createdAt', 'policies.activatedAt'])
    .select(sql<boolean>`policies.version is not distinct from pools.active_policy_version`.as('active'))
    .where('policies.clusterId', '=', clusterId)
    .where('policies.poolId', '=', poolId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toPolicyVersion({ createdAt, activatedAt, ...row }: Row): PolicyVersion {
  return { ...row, createdAt: createdAt.toISOString(), activatedAt: activatedAt?.toISOString() ?? null };
}

/** Adds the next version; nothing is activated. @throws PersistenceError `not-found` */
export async function create(
  tx: Transaction,
  clusterId: string,
  poolId: string,
  policy: { readonly document: PolicyDocument; readonly comment: string; readonly createdBy: string },
): Promise<PolicyVersion> {
  await lockPool(tx, clusterId, poolId);
  const { version } = await tx.queries
    .insertInto('policies')
    .values({
      clusterId,
      poolId,
      version: sql`(select coalesce(max(version), 0) + 1 from policies where pool_id = ${poolId})`,
      document: JSON.stringify(policy.document),
      comment: policy.comment,
      createdBy: policy.createdBy,
      createdAt: tx.now,
      activatedAt: null,
    })
    .returning('version')
    .executeTakeFirstOrThrow();
  return read(tx, clusterId, poolId, version);
}

export async function find(
  queries: Queries,
  clusterId: string,
  poolId: string,
  version: number,
): Promise<PolicyVersion | undefined> {
  const row = await select(queries, clusterId, poolId)
    .where('policies.version', '=', version)
    .executeTakeFirst();
  return row && toPolicyVersion(row);
}

export async function findActive(
  queries: Queries,
  clusterId: string,
  poolId: string,
): Promise<PolicyVersion | undefined> {
  const row = await select(queries, clusterId, poolId)
    .whereRef('policies.version', '=', 'pools.activePolicyVersion')
    .executeTakeFirst();
  return row && toPolicyVersion(row);
}

/** Newest first. */
export async function list(
  queries: Queries,
  clusterId: string,
  poolId: string,
  query: PageQuery,
): Promise<Page<PolicyVersion>> {
  const before = parseNumberCursor('policies', query.cursor);
  const rows = await select(queries, clusterId, poolId)
    .$if(before !== undefined, (q) => q.where('policies.version', '<', Number(before)))
    .orderBy('policies.version', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'policies', (row) => row.version, toPolicyVersion);
}

/**
 * Makes a version the one that counts. The caller's `policy.activated` event is what asks the pool's nodes for evidence.
 * @throws PersistenceError `not-found`
 */
export async function activate(
  tx: Transaction,
  clusterId: string,
  poolId: string,
  version: number,
): Promise<PolicyVersion> {
  await lockPool(tx, clusterId, poolId);
  const updated = await tx.queries
    .updateTable('policies')
    .set({ activatedAt: tx.now })
    .where('clusterId', '=', clusterId)
    .where('poolId', '=', poolId)
    .where('version', '=', version)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new PersistenceError('not-found', 'no such policy version');
  await tx.queries
    .updateTable('pools')
    .set({ activePolicyVersion: version, revision: sql`revision + 1` })
    .where('clusterId', '=', clusterId)
    .where('id', '=', poolId)
    .execute();
  return read(tx, clusterId, poolId, version);
}

/** The version that was active before the current one, by time of activation. */
export async function findPrevious(
  queries: Queries,
  clusterId: string,
  poolId: string,
): Promise<PolicyVersion | undefined> {
  const row = await select(queries, clusterId, poolId)
    .where('policies.activatedAt', 'is not', null)
    .where(sql<boolean>`policies.version is distinct from pools.active_policy_version`)
    .orderBy('policies.activatedAt', 'desc')
    .orderBy('policies.version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toPolicyVersion(row);
}

async function read(tx: Transaction, clusterId: string, poolId: string, version: number) {
  const policy = await find(tx.queries, clusterId, poolId, version);
  if (policy === undefined) throw new PersistenceError('not-found', 'no such policy version');
  return policy;
}

async function lockPool(tx: Transaction, clusterId: string, poolId: string): Promise<void> {
  const pool = await tx.queries
    .selectFrom('pools')
    .select('id')
    .where('clusterId', '=', clusterId)
    .where('id', '=', poolId)
    .forUpdate()
    .executeTakeFirst();
  if (pool === undefined) throw new PersistenceError('not-found', 'no such pool');
}
