import type { Enrolment, EnrolmentState, Finding } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('enrolments')
    .innerJoin('pools', 'pools.id', 'enrolments.poolId')
    .leftJoin('appraisals', 'appraisals.id', 'enrolments.appraisalId')
    .select(['enrolments.id', 'enrolments.clusterId', 'enrolments.poolId', 'pools.name as poolName'])
    .select(['enrolments.identity', 'enrolments.kind', 'enrolments.state', 'enrolments.waitReason'])
    .select(['enrolments.nodeId', 'appraisals.result as appraisal', 'enrolments.decidedBy'])
    .select(['enrolments.decisionReason', 'enrolments.createdAt', 'enrolments.updatedAt'])
    .where('enrolments.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toEnrolment({ createdAt, updatedAt, ...row }: Row): Enrolment {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

export async function find(
  queries: Queries,
  clusterId: string,
  enrolmentId: string,
): Promise<Enrolment | undefined> {
  const row = await select(queries, clusterId).where('enrolments.id', '=', enrolmentId).executeTakeFirst();
  return row && toEnrolment(row);
}

/** Newest first. */
export async function list(
  queries: Queries,
  clusterId: string,
  filter: { readonly state?: EnrolmentState | undefined },
  query: PageQuery,
): Promise<Page<Enrolment>> {
  const before = parseIdCursor('enrolments', query.cursor);
  const rows = await select(queries, clusterId)
    .$if(filter.state !== undefined, (q) => q.where('enrolments.state', '=', filter.state ?? 'waiting'))
    .$if(before !== undefined, (q) => q.where('enrolments.id', '<', String(before)))
    .orderBy('enrolments.id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'enrolments', (row) => row.id, toEnrolment);
}

/**
 * Approves for exactly the identity that was shown (S22); the grant follows at the machine's next request.
 * @throws PersistenceError `not-found`, also where the identity differs; `already-decided`
 */
export async function approve(
  tx: Transaction,
  clusterId: string,
  enrolmentId: string,
  decision: { readonly identity: string; readonly by: string; readonly reason: string },
): Promise<Enrolment> {
  const updated = await tx.queries
    .updateTable('enrolments')
    .set({
      approvedAt: tx.now,
      decidedBy: decision.by,
      decisionReason: decision.reason,
      waitReason: null,
      updatedAt: tx.now,
    })
    .where('clusterId', '=', clusterId)
    .where('id', '=', enrolmentId)
    .where('identity', '=', decision.identity)
    .where('state', '=', 'waiting')
    .where('approvedAt', 'is', null)
    .executeTakeFirst();
  return decided(tx, clusterId, enrolmentId, updated.numUpdatedRows, decision.identity);
}

/**
 * The machine's identity stays taken, so that it cannot ask again elsewhere; an operator can approve it later.
 * @throws PersistenceError `not-found`, `already-decided`
 */
export async function deny(
  tx: Transaction,
  clusterId: string,
  enrolmentId: string,
  decision: { readonly by: string; readonly reason: string },
): Promise<Enrolment> {
  const updated = await tx.queries
    .updateTable('enrolments')
    .set({
      state: 'denied',
      decidedBy: decision.by,
      decisionReason: decision.reason,
      waitReason: null,
      updatedAt: tx.now,
    })
    .where('clusterId', '=', clusterId)
    .where('id', '=', enrolmentId)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return decided(tx, clusterId, enrolmentId, updated.numUpdatedRows, undefined);
}

async function decided(
  tx: Transaction,
  clusterId: string,
  enrolmentId: string,
  rows: bigint,
  identity: string | undefined,
): Promise<Enrolment> {
  const enrolment = await find(tx.queries, clusterId, enrolmentId);
  if (enrolment === undefined) throw new PersistenceError('not-found', 'no such enrolment');
  if (rows > 0n) return enrolment;
  if (identity !== undefined && enrolment.identity !== identity) {
    throw new PersistenceError('not-found', 'this enrolment is of another machine', {
      got: identity,
      want: enrolment.identity,
    });
  }
  throw new PersistenceError('already-decided', 'the enrolment is not waiting', { got: enrolment.state });
}

/** What a machine was last refused for. */
export async function findRefusal(
  queries: Queries,
  clusterId: string,
  poolId: string,
  identity: string,
): Promise<{ readonly updatedAt: Date; readonly findings: readonly Finding[] } | undefined> {
  const row = await queries
    .selectFrom('enrolments')
    .innerJoin('appraisals', 'appraisals.id', 'enrolments.appraisalId')
    .select(['enrolments.updatedAt', 'appraisals.result'])
    .where('enrolments.clusterId', '=', clusterId)
    .where('enrolments.poolId', '=', poolId)
    .where('enrolments.identity', '=', identity)
    .where('enrolments.state', '=', 'refused')
    .executeTakeFirst();
  return row && { updatedAt: row.updatedAt, findings: row.result.findings };
}

/**
 * Records a refused machine once a pool and identity; later refusals update the row.
 * @returns the enrolment's id
 */
export async function recordRefusal(
  tx: Transaction,
  clusterId: string,
  refusal: { readonly poolId: string; readonly identity: string; readonly appraisalId: string },
): Promise<string> {
  const { id } = await tx.queries
    .insertInto('enrolments')
    .values({
      id: tx.newId(),
      clusterId,
      ...refusal,
      kind: null,
      state: 'refused',
      waitReason: null,
      nodeId: null,
      approvedAt: null,
      decidedBy: null,
      decisionReason: null,
      createdAt: tx.now,
      updatedAt: tx.now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['clusterId', 'poolId', 'identity'])
        .where(sql<boolean>`state = 'refused'`)
        .doUpdateSet({ appraisalId: refusal.appraisalId, updatedAt: tx.now }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
