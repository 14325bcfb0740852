import type { Node } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Queries, Transaction } from '../database/transaction.ts';

export interface NodeStream {
  readonly nodeId: string;
  /** The attested connection; a newer stream of the same node replaces an older one. */
  readonly connectionId: string;
  readonly replicaId: string;
  readonly connection: NonNullable<Node['connection']>;
}

/** Notes which replica holds a node's stream. */
export async function open(tx: Transaction, clusterId: string, stream: NodeStream): Promise<void> {
  const row = {
    clusterId,
    connectionId: stream.connectionId,
    replicaId: stream.replicaId,
    connection: JSON.stringify(stream.connection),
  };
  await tx.queries
    .insertInto('connections')
    .values({ nodeId: stream.nodeId, ...row })
    .onConflict((conflict) => conflict.column('nodeId').doUpdateSet(row))
    .execute();
}

/** @returns false where a newer stream of the node has taken its place: the node is still connected. */
export async function close(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  connectionId: string,
): Promise<boolean> {
  const result = await tx.queries
    .deleteFrom('connections')
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('connectionId', '=', connectionId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function findReplica(
  queries: Queries,
  clusterId: string,
  nodeId: string,
): Promise<string | undefined> {
  const row = await queries
    .selectFrom('connections')
    .select('replicaId')
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .executeTakeFirst();
  return row?.replicaId;
}

/** The connection that holds the stream of each node, of those that have one. */
export async function readOfNodes(
  queries: Queries,
  nodeIds: readonly string[],
): Promise<Map<string, string>> {
  if (nodeIds.length === 0) return new Map();
  const rows = await queries
    .selectFrom('connections')
    .select(['nodeId', 'connectionId'])
    .where('nodeId', '=', sql<string>`any(${nodeIds}::uuid[])`)
    .execute();
  return new Map(rows.map(({ nodeId, connectionId }) => [nodeId, connectionId]));
}

/** Says that this replica lives; called every few seconds. */
export async function beat(queries: Queries, replicaId: string, now: Date): Promise<void> {
  await queries
    .insertInto('replicas')
    .values({ id: replicaId, startedAt: now, seenAt: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seenAt: now }))
    .execute();
}

/**
 * Forgets replicas not seen since `before` with their streams, and every stream of a replica that is not known.
 * @returns the nodes that lost their stream by it
 */
export async function reap(
  tx: Transaction,
  before: Date,
): Promise<{ readonly clusterId: string; readonly nodeId: string }[]> {
  await tx.queries.deleteFrom('replicas').where('seenAt', '<', before).execute();
  return tx.queries
    .deleteFrom('connections')
    .where(sql<boolean>`not exists (select from replicas where replicas.id = connections.replica_id)`)
    .returning(['clusterId', 'nodeId'])
    .execute();
}

/** Removes this replica and its streams: a clean stop. */
export async function leave(queries: Queries, replicaId: string): Promise<void> {
  await queries.deleteFrom('connections').where('replicaId', '=', replicaId).execute();
  await queries.deleteFrom('replicas').where('id', '=', replicaId).execute();
}
