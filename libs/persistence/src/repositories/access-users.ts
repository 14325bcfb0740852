import type { AccessUser } from '@asterism/contracts';
import { isUniqueViolation } from '../database/database-errors.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

/** A declared user, and whether the end of its time was noticed. */
export interface DeclaredUser {
  readonly user: AccessUser;
  readonly expired: boolean;
}

/** By name; a cluster has two thousand at most. */
export async function list(queries: Queries, clusterId: string): Promise<AccessUser[]> {
  const rows = await queries
    .selectFrom('accessUsers')
    .select('document')
    .where('clusterId', '=', clusterId)
    .orderBy('name')
    .execute();
  return rows.map(({ document }) => document);
}

export async function find(
  queries: Queries,
  clusterId: string,
  name: string,
): Promise<DeclaredUser | undefined> {
  const row = await queries
    .selectFrom('accessUsers')
    .select(['document', 'expired'])
    .where('clusterId', '=', clusterId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row && { user: row.document, expired: row.expired };
}

/** Whose key it is. */
export async function findByKey(
  queries: Queries,
  clusterId: string,
  fingerprint: string,
): Promise<DeclaredUser | undefined> {
  const row = await queries
    .selectFrom('accessUserKeys as key')
    .innerJoin('accessUsers as user', (join) =>
      join.onRef('user.clusterId', '=', 'key.clusterId').onRef('user.name', '=', 'key.userName'),
    )
    .select(['user.document', 'user.expired'])
    .where('key.clusterId', '=', clusterId)
    .where('key.fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row && { user: row.document, expired: row.expired };
}

/**
 * Adds users, or takes what they are now.
 * @param fingerprints of each user's keys, by the user's name
 * @throws PersistenceError `already-exists` where a key is another user's
 */
export async function put(
  tx: Transaction,
  clusterId: string,
  users: readonly AccessUser[],
  fingerprints: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  if (users.length === 0) return;
  const names = users.map(({ name }) => name);
  const rows = users.map((user) => {
    const expiresAt = user.expiresAt === null ? null : new Date(user.expiresAt);
    return {
      ...{ clusterId, name: user.name, document: JSON.stringify(user), expiresAt },
      expired: expiresAt !== null && expiresAt <= tx.now,
      ...{ createdAt: tx.now, updatedAt: tx.now },
    };
  });
  const keys = users.flatMap(({ name }) =>
    (fingerprints.get(name) ?? []).map((fingerprint) => ({ clusterId, fingerprint, userName: name })),
  );
  try {
    // First: a key may go from one person to another.
    await tx.queries
      .deleteFrom('accessUserKeys')
      .where('clusterId', '=', clusterId)
      .where('userName', 'in', names)
      .execute();
    await tx.queries
      .insertInto('accessUsers')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['clusterId', 'name']).doUpdateSet((eb) => ({
          document: eb.ref('excluded.document'),
          expiresAt: eb.ref('excluded.expiresAt'),
          expired: eb.ref('excluded.expired'),
          updatedAt: eb.ref('excluded.updatedAt'),
        })),
      )
      .execute();
    if (keys.length > 0) await tx.queries.insertInto('accessUserKeys').values(keys).execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new PersistenceError('already-exists', 'a key is another user’s', { cause });
  }
}

export async function remove(tx: Transaction, clusterId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tx.queries
    .deleteFrom('accessUsers')
    .where('clusterId', '=', clusterId)
    .where('name', 'in', names)
    .execute();
}

/** Clusters that have users whose time is over and was not noticed. */
export async function listClustersWithExpired(queries: Queries, now: Date): Promise<string[]> {
  const rows = await queries
    .selectFrom('accessUsers')
    .select('clusterId')
    .distinct()
    .where('expired', '=', false)
    .where('expiresAt', '<=', now)
    .limit(100)
    .execute();
  return rows.map(({ clusterId }) => clusterId);
}

/** Notes the end of their time; whoever does not get them was later. */
export async function takeExpired(tx: Transaction, clusterId: string): Promise<string[]> {
  const rows = await tx.queries
    .updateTable('accessUsers')
    .set({ expired: true })
    .where('clusterId', '=', clusterId)
    .where('expired', '=', false)
    .where('expiresAt', '<=', tx.now)
    .returning('name')
    .execute();
  return rows.map(({ name }) => name);
}
