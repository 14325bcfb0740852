import { NODE_STATES, NODE_TRANSITIONS, type Node, type NodeState } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';
import { isUuid } from '../id.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('nodes')
    .innerJoin('pools', 'pools.id', 'nodes.poolId')
    .leftJoin('appraisals', 'appraisals.id', 'nodes.lastAppraisalId')
    .leftJoin('connections', 'connections.nodeId', 'nodes.id')
    .leftJoin('stateDisks', (join) =>
      join
        .onRef('stateDisks.clusterId', '=', 'nodes.clusterId')
        .onRef('stateDisks.diskId', '=', 'nodes.diskId')
        .onRef('stateDisks.identity', '=', 'nodes.identity'),
    )
    .select(['nodes.id', 'nodes.clusterId', 'nodes.poolId', 'pools.name as poolName', 'nodes.name'])
    .select(['pools.role', 'pools.variant', 'nodes.identity', 'nodes.state', 'nodes.stateReason'])
    .select(['nodes.boots', 'nodes.agentVersion', 'nodes.nextAppraisalAt', 'nodes.revision'])
    .select(['nodes.createdAt', 'nodes.updatedAt', 'connections.connection'])
    .select(['appraisals.id as appraisalId', 'appraisals.outcome', 'appraisals.status'])
    .select(['appraisals.appraisedAt', 'appraisals.policyVersion'])
    .select(['stateDisks.diskId', 'stateDisks.keyVersion'])
    .where('nodes.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toNode(row: Row): Node {
  const { appraisalId, outcome, status, appraisedAt, policyVersion, diskId, keyVersion, ...rest } = row;
  return {
    ...rest,
    lastAppraisal:
      appraisalId !== null &&
      outcome !== null &&
      status !== null &&
      appraisedAt !== null &&
      policyVersion !== null
        ? { id: appraisalId, outcome, status, appraisedAt: appraisedAt.toISOString(), policyVersion }
        : null,
    stateDisk: diskId !== null && keyVersion !== null ? { id: diskId, keyVersion } : null,
    nextAppraisalAt: row.nextAppraisalAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export async function find(queries: Queries, clusterId: string, idOrName: string): Promise<Node | undefined> {
  const row = await select(queries, clusterId)
    .where(isUuid(idOrName) ? 'nodes.id' : 'nodes.name', '=', idOrName)
    .executeTakeFirst();
  return row && toNode(row);
}

export async function findByIdentity(
  queries: Queries,
  clusterId: string,
  identity: string,
): Promise<Node | undefined> {
  const row = await select(queries, clusterId).where('nodes.identity', '=', identity).executeTakeFirst();
  return row && toNode(row);
}

export interface NodeFilter {
  readonly poolId?: string | undefined;
  readonly state?: NodeState | undefined;
}

export async function list(
  queries: Queries,
  clusterId: string,
  filter: NodeFilter,
  query: PageQuery,
): Promise<Page<Node>> {
  const after = parseIdCursor('nodes', query.cursor);
  const rows = await select(queries, clusterId)
    .$if(filter.poolId !== undefined, (q) => q.where('nodes.poolId', '=', filter.poolId ?? ''))
    .$if(filter.state !== undefined, (q) => q.where('nodes.state', '=', filter.state ?? 'member'))
    .$if(after !== undefined, (q) => q.where('nodes.id', '>', String(after)))
    .orderBy('nodes.id')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'nodes', (row) => row.id, toNode);
}

export interface StateChange {
  readonly to: NodeState;
  readonly reason: string | null;
  /** Narrows the arrows further: only from these states. */
  readonly from?: readonly NodeState[];
}

/** States with an arrow to `to`. */
export function sourcesOf(to: NodeState): NodeState[] {
  return NODE_STATES.filter((from) => NODE_TRANSITIONS[from].includes(to));
}

/**
 * Moves a node along a drawn arrow (S35). The caller appends the audit record and the event.
 * @returns false where the node is in no state that `to` may follow; nothing changed then.
 */
export async function changeState(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  change: StateChange,
): Promise<boolean> {
  const sources = sourcesOf(change.to).filter((state) => change.from?.includes(state) ?? true);
  if (sources.length === 0) return false;
  const updated = await tx.queries
    .updateTable('nodes')
    .set({
      state: change.to,
      stateReason: change.reason,
      revision: sql`revision + 1`,
      updatedAt: tx.now,
      ...(change.to === 'revoked' ? { nextAppraisalAt: null } : {}),
    })
    .where('clusterId', '=', clusterId)
    .where('id', '=', nodeId)
    .where('state', 'in', sources)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** And nobody changes it until the transaction ends. Undefined where there is no such node. */
export async function holdState(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
): Promise<NodeState | undefined> {
  const row = await tx.queries
    .selectFrom('nodes')
    .select('state')
    .where('clusterId', '=', clusterId)
    .where('id', '=', nodeId)
    .forShare()
    .executeTakeFirst();
  return row?.state;
}

/** Points the node at its latest appraisal. */
export async function noteAppraisal(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  appraisal: { readonly appraisalId: string; readonly nextAppraisalAt: Date | null },
): Promise<void> {
  await tx.queries
    .updateTable('nodes')
    .set({ lastAppraisalId: appraisal.appraisalId, nextAppraisalAt: appraisal.nextAppraisalAt })
    .where('clusterId', '=', clusterId)
    .where('id', '=', nodeId)
    .execute();
}

/**
 * Takes nodes whose next appraisal is due and whose stream is open, the longest overdue first: of replicas that ask at
 * once each gets others. They are due again at `again`, should no appraisal come of it.
 */
export async function claimDue(
  queries: Queries,
  claim: { readonly now: Date; readonly again: Date; readonly limit: number },
): Promise<{ readonly id: string; readonly clusterId: string }[]> {
  const { rows } = await sql<{ id: string; clusterId: string }>`
    update nodes set next_appraisal_at = ${claim.again}
    where id in (
      select n.id from nodes n join connections c on c.node_id = n.id
      where n.next_appraisal_at <= ${claim.now} and n.state in ('attesting', 'locked', 'disk-open', 'member')
      order by n.next_appraisal_at limit ${claim.limit} for update of n skip locked
    )
    returning id, cluster_id`.execute(queries);
  return rows;
}

/** Live nodes that no replica holds a stream of. */
export async function listUnconnected(
  queries: Queries,
  limit: number,
): Promise<{ readonly id: string; readonly clusterId: string; readonly state: NodeState }[]> {
  return queries
    .selectFrom('nodes')
    .select(['id', 'clusterId', 'state'])
    .where('state', 'in', ['attesting', 'locked', 'disk-open', 'member'])
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('connections').select('nodeId').whereRef('nodeId', '=', 'nodes.id'))),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
}

/**
 * Ends every right of a node in one commit with its record (S24): state, open enrolments, tickets of its boots,
 * pending evidence requests, keys. Its machine identity stays taken, so the machine does not come back by another
 * door.
 * @throws PersistenceError `not-found`, `transition-refused` where it is revoked already
 */
export async function revoke(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  decision: { readonly by: string; readonly reason: string },
): Promise<void> {
  const changed = await changeState(tx, clusterId, nodeId, { to: 'revoked', reason: decision.reason });
  if (!changed) {
    const node = await find(tx.queries, clusterId, nodeId);
    if (node === undefined) throw new PersistenceError('not-found', 'no such node');
    throw new PersistenceError('transition-refused', `the node is ${node.state}`, { got: node.state });
  }
  await sql`
    with enrolment as (
      update enrolments set state = 'denied', decided_by = ${decision.by}, decision_reason = ${decision.reason},
        wait_reason = null, updated_at = ${tx.now}
      where cluster_id = ${clusterId} and node_id = ${nodeId} and state in ('waiting', 'granted')
    ), tickets as (
      delete from boots where cluster_id = ${clusterId} and node_id = ${nodeId}
    ), requests as (
      update evidence_requests set state = 'failed', failure = 'revoked'
      where cluster_id = ${clusterId} and node_id = ${nodeId} and state in ('pending', 'sent')
    ), initialiser as (
      update clusters set state = 'created', initialiser_id = null
      where id = ${clusterId} and initialiser_id = ${nodeId} and state = 'initialising'
    )
    update keys set state = 'retired' where cluster_id = ${clusterId} and owner = ${`node:${nodeId}`}
      and state = 'active'`.execute(tx.queries);
}
