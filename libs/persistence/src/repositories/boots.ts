import { sql } from 'kysely';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { BootProgress, TicketParameters } from '../schema.ts';

export interface Boot {
  readonly progress: BootProgress;
  readonly expiresAt: Date;
  readonly lockedAt: Date | null;
  /** What it was granted. */
  readonly ticket: TicketParameters;
}

export async function find(
  queries: Queries,
  clusterId: string,
  nodeId: string,
  boot: string,
): Promise<Boot | undefined> {
  return queries
    .selectFrom('boots')
    .select(['progress', 'expiresAt', 'lockedAt', 'ticket'])
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('boot', '=', boot)
    .executeTakeFirst();
}

/** The boot of a node that was granted boot secrets, or reported its lock, last. */
export async function findLatest(
  queries: Queries,
  clusterId: string,
  nodeId: string,
): Promise<string | undefined> {
  const latest = await queries
    .selectFrom('boots')
    .select('boot')
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .orderBy(sql`greatest(granted_at, locked_at)`, 'desc')
    .limit(1)
    .executeTakeFirst();
  return latest?.boot;
}

/**
 * Notes that a boot is locked, reported or seen: from this commit on it never gets boot secrets again (S20).
 * @returns false where it was noted before or the boot was never granted
 */
export async function noteLock(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  boot: string,
): Promise<boolean> {
  const updated = await tx.queries
    .updateTable('boots')
    .set({ lockedAt: tx.now, progress: 'locked' })
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('boot', '=', boot)
    .where('lockedAt', 'is', null)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** Steps of a boot only go forward. */
export async function noteProgress(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  boot: string,
  progress: 'disk-open' | 'member',
): Promise<boolean> {
  const updated = await tx.queries
    .updateTable('boots')
    .set({ progress })
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('boot', '=', boot)
    .where('progress', 'in', progress === 'disk-open' ? ['locked'] : ['disk-open'])
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

export interface Completion {
  /** The enrolment that this completed, if it was open. */
  readonly enrolmentId: string | null;
  /** This node made the cluster, and it is ready now. */
  readonly clusterReady: boolean;
}

/** A node that became a member completes its enrolment, and the cluster where it was to make it. */
export async function completeEnrolment(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
): Promise<Completion> {
  const { rows } = await sql<Completion>`
    with enrolment as (
      update enrolments set state = 'completed', updated_at = ${tx.now}
      where cluster_id = ${clusterId} and node_id = ${nodeId} and state = 'granted' returning id
    ), ready as (
      update clusters set state = 'ready'
      where id = ${clusterId} and state = 'initialising' and initialiser_id = ${nodeId} returning id
    )
    select (select id from enrolment limit 1) as enrolment_id, exists (select from ready) as cluster_ready`.execute(
    tx.queries,
  );
  return rows[0] ?? { enrolmentId: null, clusterReady: false };
}
