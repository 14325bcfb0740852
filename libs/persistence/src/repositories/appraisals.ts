import type { Appraisal, AppraisalResult } from '@asterism/contracts';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

export interface NewAppraisal {
  readonly poolId: string;
  readonly nodeId: string | null;
  readonly identity: string;
  readonly trigger: Appraisal['trigger'];
  readonly policyVersion: number;
  readonly result: AppraisalResult;
}

/** Appends; nothing in the platform or the database changes one (S35). @returns its id */
export async function append(tx: Transaction, clusterId: string, appraisal: NewAppraisal): Promise<string> {
  const id = tx.newId();
  await tx.queries
    .insertInto('appraisals')
    .values({
      id,
      clusterId,
      ...appraisal,
      outcome: appraisal.result.outcome,
      status: appraisal.result.status,
      result: JSON.stringify(appraisal.result),
      appraisedAt: tx.now,
    })
    .execute();
  return id;
}

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('appraisals')
    .select(['id', 'clusterId', 'poolId', 'nodeId', 'trigger', 'policyVersion', 'result', 'appraisedAt'])
    .where('clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toAppraisal({ result, trigger, appraisedAt, ...row }: Row): Appraisal {
  return {
    ...result,
    ...row,
    trigger: trigger as Appraisal['trigger'],
    appraisedAt: appraisedAt.toISOString(),
  };
}

export async function find(
  queries: Queries,
  clusterId: string,
  appraisalId: string,
): Promise<Appraisal | undefined> {
  const row = await select(queries, clusterId).where('id', '=', appraisalId).executeTakeFirst();
  return row && toAppraisal(row);
}

/** Newest first. */
export async function listOfNode(
  queries: Queries,
  clusterId: string,
  nodeId: string,
  query: PageQuery,
): Promise<Page<Appraisal>> {
  const before = parseIdCursor('appraisals', query.cursor);
  const rows = await select(queries, clusterId)
    .where('nodeId', '=', nodeId)
    .$if(before !== undefined, (q) => q.where('id', '<', String(before)))
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'appraisals', (row) => row.id, toAppraisal);
}
