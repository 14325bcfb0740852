import type { AppraisalOutcome, Evidence, StoredEvidence } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Queries, Transaction } from '../database/transaction.ts';

export interface NewEvidence {
  readonly identity: string;
  readonly evidence: Evidence;
  readonly claims: Record<string, unknown>;
  /** The 32 bytes that the evidence carries, hexadecimal. */
  readonly binding: string;
  readonly trigger: string;
}

/** Keeps the latest of a machine. */
export async function store(tx: Transaction, clusterId: string, evidence: NewEvidence): Promise<void> {
  const row = {
    clusterId,
    evidence: JSON.stringify(evidence.evidence),
    claims: JSON.stringify(evidence.claims),
    binding: evidence.binding,
    trigger: evidence.trigger,
    receivedAt: tx.now,
  };
  await tx.queries
    .insertInto('evidence')
    .values({ identity: evidence.identity, ...row })
    .onConflict((conflict) => conflict.column('identity').doUpdateSet(row))
    .execute();
}

export async function findOfNode(
  queries: Queries,
  clusterId: string,
  nodeId: string,
): Promise<StoredEvidence | undefined> {
  const row = await queries
    .selectFrom('nodes')
    .innerJoin('evidence', (join) =>
      join
        .onRef('evidence.identity', '=', 'nodes.identity')
        .onRef('evidence.clusterId', '=', 'nodes.clusterId'),
    )
    .select(['nodes.id as nodeId', 'evidence.evidence', 'evidence.claims', 'evidence.binding'])
    .select(['evidence.receivedAt', 'evidence.trigger'])
    .where('nodes.clusterId', '=', clusterId)
    .where('nodes.id', '=', nodeId)
    .executeTakeFirst();
  return row && { ...row, receivedAt: row.receivedAt.toISOString() };
}

export interface PoolEvidence {
  readonly nodeId: string;
  readonly name: string;
  readonly identity: string;
  readonly current: AppraisalOutcome | null;
  readonly stored: StoredEvidence | null;
}

/** Latest evidence of every node of a pool that is not revoked, in pages by node id: for a policy's dry run. */
export async function readOfPool(
  queries: Queries,
  clusterId: string,
  poolId: string,
  after: string | undefined,
  limit: number,
): Promise<PoolEvidence[]> {
  const rows = await queries
    .selectFrom('nodes')
    .leftJoin('evidence', (join) =>
      join
        .onRef('evidence.identity', '=', 'nodes.identity')
        .onRef('evidence.clusterId', '=', 'nodes.clusterId'),
    )
    .leftJoin('appraisals', 'appraisals.id', 'nodes.lastAppraisalId')
    .select(['nodes.id as nodeId', 'nodes.name', 'nodes.identity', 'appraisals.outcome as current'])
    .select(['evidence.evidence', 'evidence.claims', 'evidence.binding', 'evidence.receivedAt'])
    .select('evidence.trigger')
    .where('nodes.clusterId', '=', clusterId)
    .where('nodes.poolId', '=', poolId)
    .where('nodes.state', '<>', 'revoked')
    .$if(after !== undefined, (q) => q.where(sql`nodes.id`, '>', after))
    .orderBy('nodes.id')
    .limit(limit)
    .execute();
  return rows.map(({ evidence, claims, binding, receivedAt, trigger, ...row }) => ({
    ...row,
    stored:
      evidence !== null && claims !== null && binding !== null && receivedAt !== null && trigger !== null
        ? { nodeId: row.nodeId, evidence, claims, binding, trigger, receivedAt: receivedAt.toISOString() }
        : null,
  }));
}
