import { DEFAULT_ACCESS_POLICY, type AccessPolicy } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Queries, Transaction } from '../database/transaction.ts';
import { append } from './events.ts';

/** The row of a cluster's access; its users are in `accessUsers`. */
export interface AccessRecord {
  readonly revision: number;
  readonly policy: AccessPolicy;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

const SYSTEM = 'system';

/** Makes the row where there is none. */
export async function ensure(tx: Transaction, clusterId: string): Promise<void> {
  await tx.queries
    .insertInto('access')
    .values({
      clusterId,
      policy: JSON.stringify(DEFAULT_ACCESS_POLICY),
      updatedAt: tx.now,
      updatedBy: SYSTEM,
    })
    .onConflict((conflict) => conflict.column('clusterId').doNothing())
    .execute();
}

/** Undefined while nobody has read or written it: `ensure` first. */
export async function find(queries: Queries, clusterId: string): Promise<AccessRecord | undefined> {
  const row = await queries
    .selectFrom('access')
    .select(['revision', 'policy', 'updatedAt', 'updatedBy'])
    .where('clusterId', '=', clusterId)
    .executeTakeFirst();
  return row && toRecord(row);
}

/** Makes it where there is none, reads it, and nobody else changes access of this cluster until the transaction ends. */
export async function lock(tx: Transaction, clusterId: string): Promise<AccessRecord> {
  await ensure(tx, clusterId);
  const row = await tx.queries
    .selectFrom('access')
    .select(['revision', 'policy', 'updatedAt', 'updatedBy'])
    .where('clusterId', '=', clusterId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return toRecord(row);
}

export interface AccessChange {
  /** Absent: as it is. */
  readonly policy?: AccessPolicy;
  /** Absent: what is declared stays, and something that follows from it has changed. */
  readonly updatedBy?: string;
}

/**
 * Counts a change that concerns nodes, and tells every replica, which tell the nodes.
 * @returns the new revision
 */
export async function bump(
  tx: Transaction,
  clusterId: string,
  { policy, updatedBy }: AccessChange = {},
): Promise<number> {
  const { revision } = await tx.queries
    .updateTable('access')
    .set({
      revision: sql<string>`revision + 1`,
      ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
      ...(updatedBy === undefined ? {} : { updatedAt: tx.now, updatedBy }),
    })
    .where('clusterId', '=', clusterId)
    .returning('revision')
    .executeTakeFirstOrThrow();
  append(tx, { type: 'access.changed', clusterId, data: { revision: Number(revision) } });
  return Number(revision);
}

/** A serial of this cluster, for a user's or a host's certificate; never twice. */
export async function takeSerial(tx: Transaction, clusterId: string): Promise<number> {
  const { nextSerial } = await tx.queries
    .updateTable('access')
    .set({ nextSerial: sql<string>`next_serial + 1` })
    .where('clusterId', '=', clusterId)
    .returning('nextSerial')
    .executeTakeFirstOrThrow();
  return Number(nextSerial) - 1;
}

function toRecord(row: {
  readonly revision: string;
  readonly policy: AccessPolicy;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}): AccessRecord {
  return { ...row, revision: Number(row.revision), updatedAt: row.updatedAt.toISOString() };
}
