import type { Activation, Appraisal, AppraisalResult, EvidenceAnswer } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Queries } from '../database/transaction.ts';

/** Channel that carries `<request> <replica>` when a request waits for the replica that holds the node's stream. */
export const REQUESTS_CHANNEL = 'asterism_evidence_requests';
/** Channel that carries a request's id once it is answered or failed. */
export const ANSWERS_CHANNEL = 'asterism_evidence_answers';

export interface NewEvidenceRequest {
  readonly nodeId: string;
  readonly purpose: 'reattestation' | 'verification';
  readonly trigger: Appraisal['trigger'];
  /** base64url */
  readonly nonce: string;
  readonly activation?: Activation | undefined;
  readonly requestedBy: string;
  readonly expiresAt: Date;
}

export interface EvidenceRequest extends NewEvidenceRequest {
  readonly id: string;
  readonly clusterId: string;
}

/**
 * Writes a request. `sent` where this replica holds the stream and sends it itself; else `pending`, and the replica
 * that holds it is told.
 */
export async function create(
  database: Database,
  clusterId: string,
  request: NewEvidenceRequest,
  holder: { readonly kind: 'self' } | { readonly kind: 'replica'; readonly replicaId: string },
): Promise<EvidenceRequest> {
  const id = database.newId();
  const { activation, ...columns } = request;
  await database.queries
    .insertInto('evidenceRequests')
    .values({
      id,
      clusterId,
      ...columns,
      activation: activation === undefined ? null : JSON.stringify(activation),
      state: holder.kind === 'self' ? 'sent' : 'pending',
      createdAt: database.clock(),
    })
    .execute();
  if (holder.kind === 'replica') await database.notify(REQUESTS_CHANNEL, `${id} ${holder.replicaId}`);
  return { id, clusterId, ...request };
}

type Row = { activation: Activation | null; trigger: string } & Omit<
  EvidenceRequest,
  'activation' | 'trigger'
>;

function toRequest({ activation, trigger, ...row }: Row): EvidenceRequest {
  return {
    ...row,
    trigger: trigger as Appraisal['trigger'],
    ...(activation === null ? {} : { activation }),
  };
}

const COLUMNS = [
  'id',
  'clusterId',
  'nodeId',
  'purpose',
  'trigger',
  'nonce',
  'activation',
  'requestedBy',
  'expiresAt',
] as const;

/** Takes a pending request to send it; of two that try one gets it. */
export async function claim(queries: Queries, id: string, now: Date): Promise<EvidenceRequest | undefined> {
  const row = await queries
    .updateTable('evidenceRequests')
    .set({ state: 'sent' })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .returning(COLUMNS)
    .executeTakeFirst();
  return row && toRequest(row);
}

/** Requests that wait for any of these nodes: read after a reconnect, when notifications may have been missed. */
export async function readPending(
  queries: Queries,
  nodeIds: readonly string[],
  now: Date,
): Promise<string[]> {
  if (nodeIds.length === 0) return [];
  const rows = await queries
    .selectFrom('evidenceRequests')
    .select('id')
    .where('nodeId', 'in', nodeIds)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Uses up a request and with it its nonce: one answer counts, a second one, a late one or another node's does not
 * (S02).
 */
export async function consume(
  queries: Queries,
  clusterId: string,
  nodeId: string,
  id: string,
  now: Date,
): Promise<EvidenceRequest | undefined> {
  const row = await queries
    .updateTable('evidenceRequests')
    .set({ state: 'answered' })
    .where('id', '=', id)
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('state', '=', 'sent')
    .where('expiresAt', '>', now)
    .returning(COLUMNS)
    .executeTakeFirst();
  return row && toRequest(row);
}

export interface EvidenceOutcome {
  readonly answer: EvidenceAnswer;
  readonly appraisalId: string | null;
  readonly appraisal: AppraisalResult;
  readonly policyVersion: number;
}

/** Stores what came of a consumed request and wakes whoever waits for it. */
export async function complete(database: Database, id: string, outcome: EvidenceOutcome): Promise<void> {
  await database.queries
    .updateTable('evidenceRequests')
    .set({
      answer: JSON.stringify(outcome.answer),
      appraisalId: outcome.appraisalId,
      appraisal: JSON.stringify(outcome.appraisal),
      policyVersion: outcome.policyVersion,
    })
    .where('id', '=', id)
    .execute();
  await database.notify(ANSWERS_CHANNEL, id);
}

/** `failure` is an error code of the contract. */
export async function fail(database: Database, id: string, failure: string): Promise<void> {
  await database.queries
    .updateTable('evidenceRequests')
    .set({ state: 'failed', failure })
    .where('id', '=', id)
    .where('appraisal', 'is', null)
    .execute();
  await database.notify(ANSWERS_CHANNEL, id);
}

export type EvidenceRequestStatus =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly failure: string }
  | ({ readonly kind: 'answered' } & EvidenceOutcome);

export async function readStatus(
  queries: Queries,
  clusterId: string,
  id: string,
): Promise<EvidenceRequestStatus> {
  const row = await queries
    .selectFrom('evidenceRequests')
    .select(['state', 'failure', 'answer', 'appraisalId', 'appraisal', 'policyVersion'])
    .where('clusterId', '=', clusterId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'failed', failure: 'evidence-request-unknown' };
  if (row.state === 'failed') return { kind: 'failed', failure: row.failure ?? 'internal' };
  const { answer, appraisal, appraisalId, policyVersion } = row;
  if (answer === null || appraisal === null || policyVersion === null) return { kind: 'waiting' };
  return { kind: 'answered', answer, appraisal, appraisalId, policyVersion };
}

export async function prune(queries: Queries, before: Date): Promise<void> {
  await sql`delete from evidence_requests where id in
    (select id from evidence_requests where expires_at < ${before} limit 1000)`.execute(queries);
}
