import type { SshGrant, SshGrantState } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('sshGrants as grant')
    .leftJoin('nodes as node', 'node.id', 'grant.nodeId')
    .select(['grant.id', 'grant.clusterId', 'grant.userName as user', 'grant.principal', 'grant.nodeId'])
    .select(['node.name as nodeName', 'grant.pools', 'grant.publicKey', 'grant.fingerprint', 'grant.reason'])
    .select(['grant.sourceAddresses', 'grant.forceCommand', 'grant.state', 'grant.requestedBy'])
    .select([
      'grant.requesterName',
      'grant.decidedBy',
      'grant.decisionReason',
      'grant.endedBy',
      'grant.endReason',
    ])
    .select(['grant.createdAt', 'grant.expiresAt', 'grant.endedAt'])
    .select(
      sql<number>`(select count(*)::int from ssh_sessions s where s.grant_id = "grant".id and s.closed_at is null)`.as(
        'openSessions',
      ),
    )
    .where('grant.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toGrant({ nodeId, nodeName, createdAt, expiresAt, endedAt, ...row }: Row): SshGrant {
  return {
    ...row,
    node: nodeId === null || nodeName === null ? null : { id: nodeId, name: nodeName },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

export interface NewGrant {
  readonly userName: string;
  readonly principal: string;
  readonly nodeId: string | null;
  readonly pools: readonly string[];
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly reason: string;
  readonly sourceAddresses: readonly string[];
  readonly forceCommand: string | null;
  /** How long it lasts from when it begins. */
  readonly seconds: number;
  readonly state: 'waiting' | 'active';
  readonly requestedBy: string;
  readonly requesterName: string;
  readonly requesterPerson: string;
  readonly expiresAt: Date;
}

export async function create(tx: Transaction, clusterId: string, grant: NewGrant): Promise<SshGrant> {
  const id = tx.newId();
  await tx.queries
    .insertInto('sshGrants')
    .values({
      ...{ id, clusterId, ...grant },
      ...{ pools: [...grant.pools], sourceAddresses: [...grant.sourceAddresses] },
      ...{ decidedBy: null, decisionReason: null, endedBy: null, endReason: null },
      ...{ createdAt: tx.now, endedAt: null },
    })
    .execute();
  return toGrant(await select(tx.queries, clusterId).where('grant.id', '=', id).executeTakeFirstOrThrow());
}

export async function find(queries: Queries, clusterId: string, id: string): Promise<SshGrant | undefined> {
  const row = await select(queries, clusterId).where('grant.id', '=', id).executeTakeFirst();
  return row && toGrant(row);
}

export interface GrantFilter {
  readonly state?: SshGrantState | undefined;
  readonly user?: string | undefined;
}

/** The newest first. */
export async function list(
  queries: Queries,
  clusterId: string,
  { state, user, ...query }: GrantFilter & PageQuery,
): Promise<Page<SshGrant>> {
  const before = parseIdCursor('ssh-grants', query.cursor);
  const rows = await select(queries, clusterId)
    .$if(before !== undefined, (q) => q.where('grant.id', '<', String(before)))
    .$if(state !== undefined, (q) => q.where('grant.state', '=', state ?? 'active'))
    .$if(user !== undefined, (q) => q.where('grant.userName', '=', String(user)))
    .orderBy('grant.id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'ssh-grants', (row) => row.id, toGrant);
}

/** What decides about a grant beside what everybody may read of it. */
export interface HeldGrant extends SshGrant {
  readonly seconds: number;
  readonly requesterPerson: string;
}

/** As it is, and nobody else changes it until the transaction ends. */
export async function lock(tx: Transaction, clusterId: string, id: string): Promise<HeldGrant | undefined> {
  const held = await tx.queries
    .selectFrom('sshGrants')
    .select(['seconds', 'requesterPerson'])
    .where('clusterId', '=', clusterId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  const grant = held && (await find(tx.queries, clusterId, id));
  return grant && { ...grant, ...held };
}

export interface Decision {
  readonly state: 'active' | 'denied';
  readonly decidedBy: string;
  readonly decisionReason: string;
  readonly expiresAt: Date;
}

/** Of a grant that the transaction has locked. */
export async function decide(
  tx: Transaction,
  clusterId: string,
  id: string,
  { state, decidedBy, decisionReason, expiresAt }: Decision,
): Promise<void> {
  await tx.queries
    .updateTable('sshGrants')
    .set({ state, decidedBy, decisionReason, expiresAt, endedAt: state === 'denied' ? tx.now : null })
    .where('clusterId', '=', clusterId)
    .where('id', '=', id)
    .execute();
}

/** A grant that waits or lasts, as it is judged again. */
export interface OpenGrant {
  readonly id: string;
  readonly user: string;
  readonly principal: string;
  readonly fingerprint: string;
  readonly nodeId: string | null;
  /** Of the node. */
  readonly nodePool: string | null;
  readonly pools: readonly string[];
  /** That it lasts from when it begins. */
  readonly seconds: number;
  readonly state: 'waiting' | 'active';
  /** The second person; null: none yet, or none was wanted. */
  readonly decidedBy: string | null;
}

export interface OpenGrantSelector {
  readonly id?: string;
  readonly users?: readonly string[];
  readonly fingerprint?: string;
  readonly nodeId?: string;
}

/** Locked, in the order of their ids. */
export async function lockOpen(
  tx: Transaction,
  clusterId: string,
  { id, users, fingerprint, nodeId }: OpenGrantSelector,
): Promise<OpenGrant[]> {
  if (users?.length === 0) return [];
  const rows = await tx.queries
    .selectFrom('sshGrants as grant')
    .select(['grant.id', 'grant.userName as user', 'grant.principal', 'grant.fingerprint', 'grant.nodeId'])
    .select(['grant.pools', 'grant.seconds', 'grant.state', 'grant.decidedBy'])
    .select((eb) =>
      eb
        .selectFrom('nodes')
        .innerJoin('pools', 'pools.id', 'nodes.poolId')
        .select('pools.name')
        .whereRef('nodes.id', '=', 'grant.nodeId')
        .as('nodePool'),
    )
    .where('grant.clusterId', '=', clusterId)
    .where('grant.state', 'in', ['waiting', 'active'])
    .$if(id !== undefined, (q) => q.where('grant.id', '=', String(id)))
    .$if(users !== undefined, (q) => q.where('grant.userName', 'in', [...(users ?? [])]))
    .$if(fingerprint !== undefined, (q) => q.where('grant.fingerprint', '=', String(fingerprint)))
    .$if(nodeId !== undefined, (q) => q.where('grant.nodeId', '=', String(nodeId)))
    .orderBy('grant.id')
    .forUpdate()
    .execute();
  return rows.map((row) => ({ ...row, state: row.state as OpenGrant['state'] }));
}

export interface GrantEnd {
  readonly state: 'ended' | 'expired';
  readonly by: string;
  readonly reason: string;
}

/** Of grants that the transaction has locked. */
export async function end(
  tx: Transaction,
  clusterId: string,
  ids: readonly string[],
  { state, by, reason }: GrantEnd,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.queries
    .updateTable('sshGrants')
    .set({ state, endedBy: by, endReason: reason, endedAt: tx.now })
    .where('clusterId', '=', clusterId)
    .where('id', 'in', [...ids])
    .execute();
}

/** Grants and requests whose time is over; each goes to one replica. */
export async function takeExpired(
  tx: Transaction,
  limit: number,
): Promise<
  { id: string; clusterId: string; state: 'waiting' | 'active'; user: string; principal: string }[]
> {
  const rows = await tx.queries
    .selectFrom('sshGrants')
    .select(['id', 'clusterId', 'state', 'userName as user', 'principal'])
    .where('state', 'in', ['waiting', 'active'])
    .where('expiresAt', '<=', tx.now)
    .orderBy('expiresAt')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map((row) => ({ ...row, state: row.state as 'waiting' | 'active' }));
}
