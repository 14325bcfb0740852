import type { SshSession } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('sshSessions as session')
    .innerJoin('nodes as node', 'node.id', 'session.nodeId')
    .select(['session.id', 'session.clusterId', 'session.nodeId', 'node.name as nodeName', 'session.account'])
    .select(['session.method', 'session.userName as user', 'session.grantId', 'session.serial'])
    .select(['session.keyId', 'session.fingerprint', 'session.emergency', 'session.source'])
    .select(['session.openedAt', 'session.closedAt', 'session.closeReason', 'session.recordedAt'])
    .where('session.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toSession({ nodeId, nodeName, openedAt, closedAt, recordedAt, ...row }: Row): SshSession {
  return {
    ...row,
    node: { id: nodeId, name: nodeName },
    openedAt: openedAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

export interface NewSession {
  readonly id: string;
  readonly nodeId: string;
  readonly account: string;
  readonly method: SshSession['method'];
  readonly userName: string | null;
  readonly grantId: string | null;
  readonly serial: string | null;
  readonly keyId: string | null;
  readonly fingerprint: string | null;
  readonly emergency: boolean;
  readonly source: string;
  readonly openedAt: Date;
}

/** @returns false where it is there already */
export async function open(tx: Transaction, clusterId: string, session: NewSession): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('sshSessions')
    .values({ clusterId, ...session, closedAt: null, closeReason: null, recordedAt: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export interface SessionEnd {
  readonly id: string;
  readonly nodeId: string;
  readonly at: Date;
  readonly reason: NonNullable<SshSession['closeReason']>;
}

/** Of this node's own, that is open; never before it was opened. @returns what it was; undefined where there is none */
export async function close(
  tx: Transaction,
  clusterId: string,
  { id, nodeId, at, reason }: SessionEnd,
): Promise<SshSession | undefined> {
  const { numUpdatedRows } = await tx.queries
    .updateTable('sshSessions')
    .set({ closedAt: sql<Date>`greatest(opened_at, ${at}::timestamptz)`, closeReason: reason })
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('id', '=', id)
    .where('closedAt', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  const row = await select(tx.queries, clusterId).where('session.id', '=', id).executeTakeFirst();
  return row && toSession(row);
}

/** Nobody hears of them any more: their nodes are revoked. */
export async function closeOfRevokedNodes(tx: Transaction): Promise<LostSession[]> {
  const { rows } = await sql<LostSession>`
    update ssh_sessions s set closed_at = ${tx.now}, close_reason = 'lost' from nodes n
    where n.id = s.node_id and n.state = 'revoked' and s.closed_at is null
    returning s.id, s.cluster_id, s.node_id, s.account, s.user_name as "user", s.emergency`.execute(
    tx.queries,
  );
  return rows;
}

export type LostSession = Pick<SshSession, 'id' | 'clusterId' | 'account' | 'user' | 'emergency'> & {
  readonly nodeId: string;
};

export interface SessionFilter {
  readonly state?: 'open' | 'closed' | undefined;
  /** UUID */
  readonly nodeId?: string | undefined;
  readonly grant?: string | undefined;
  readonly user?: string | undefined;
}

/** Of the last row of a page: when it was recorded, in milliseconds, and its id. */
const POSITION = /^\d{1,15}\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The newest first, by when they were recorded: ids and other times are nodes' own. */
export async function list(
  queries: Queries,
  clusterId: string,
  { state, nodeId, grant, user, ...query }: SessionFilter & PageQuery,
): Promise<Page<SshSession>> {
  const before = parseCursor('ssh-sessions', query.cursor, POSITION)?.split('.');
  const [time = '', id = ''] = before ?? [];
  const rows = await select(queries, clusterId)
    .$if(before !== undefined, (q) =>
      q.where((eb) =>
        eb(eb.refTuple('session.recordedAt', 'session.id'), '<', eb.tuple(new Date(Number(time)), id)),
      ),
    )
    .$if(state !== undefined, (q) => q.where('session.closedAt', state === 'open' ? 'is' : 'is not', null))
    .$if(nodeId !== undefined, (q) => q.where('session.nodeId', '=', String(nodeId)))
    .$if(grant !== undefined, (q) => q.where('session.grantId', '=', String(grant)))
    .$if(user !== undefined, (q) => q.where('session.userName', '=', String(user)))
    .orderBy('session.recordedAt', 'desc')
    .orderBy('session.id', 'desc')
    .limit(query.limit + 1)
    .execute();
  const keyOf = (row: Row) => `${row.recordedAt.getTime()}.${row.id}`;
  return toPage(rows, query.limit, 'ssh-sessions', keyOf, toSession);
}

export async function prune(queries: Queries, before: Date): Promise<void> {
  await queries.deleteFrom('sshSessions').where('closedAt', '<', before).execute();
}
