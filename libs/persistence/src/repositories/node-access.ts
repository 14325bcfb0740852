import type { AccessDrift, EmergencyKit, NodeAccess, NodeAccessReport } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { isUuid } from '../id.ts';

/** What a node said last of its own enforcement. */
export interface StoredReport {
  readonly revision: number;
  readonly report: NodeAccessReport;
  /** Newest first. */
  readonly drift: readonly AccessDrift[];
}

/** And nobody else changes it until the transaction ends. */
export async function lockReport(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
): Promise<StoredReport | undefined> {
  const row = await tx.queries
    .selectFrom('nodeAccess')
    .select(['revision', 'report', 'drift'])
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .forUpdate()
    .executeTakeFirst();
  return row && { ...row, revision: Number(row.revision) };
}

export async function putReport(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  { revision, report, drift }: StoredReport,
): Promise<void> {
  await tx.queries
    .insertInto('nodeAccess')
    .values({
      ...{ clusterId, nodeId, revision: String(revision), reportedAt: tx.now },
      ...{ report: JSON.stringify(report), drift: JSON.stringify(drift) },
    })
    .onConflict((conflict) =>
      conflict.column('nodeId').doUpdateSet((eb) => ({
        revision: eb.ref('excluded.revision'),
        report: eb.ref('excluded.report'),
        drift: eb.ref('excluded.drift'),
        reportedAt: eb.ref('excluded.reportedAt'),
      })),
    )
    .execute();
}

/** A node's enforcement beside what is wanted of it. */
export interface NodeAccessRow {
  readonly node: NodeAccess['node'];
  readonly connected: boolean;
  readonly wanted: number;
  readonly stored: StoredReport | null;
  readonly reportedAt: string | null;
  readonly hostKeys: NodeAccess['hostKeys'];
}

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('nodes')
    .innerJoin('pools', 'pools.id', 'nodes.poolId')
    .leftJoin('nodeAccess as reported', 'reported.nodeId', 'nodes.id')
    .leftJoin('connections', 'connections.nodeId', 'nodes.id')
    .leftJoin('access', 'access.clusterId', 'nodes.clusterId')
    .select(['nodes.id', 'nodes.name', 'nodes.state', 'pools.name as pool', 'connections.connectionId'])
    .select(['access.revision as wanted', 'reported.revision', 'reported.report', 'reported.drift'])
    .select('reported.reportedAt')
    .select(
      sql<{ publicKey: string; fingerprint: string; validBefore: string }[]>`coalesce((select jsonb_agg(
        jsonb_build_object('publicKey', k.public_key, 'fingerprint', k.fingerprint, 'validBefore', k.valid_before)
        order by k.fingerprint) from ssh_host_keys k where k.node_id = nodes.id), '[]'::jsonb)`.as(
        'hostKeys',
      ),
    )
    .where('nodes.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toRow(row: Row): NodeAccessRow {
  const { id, name, pool, state, revision, report, drift, wanted, reportedAt } = row;
  return {
    node: { id, name, pool },
    connected: row.connectionId !== null,
    wanted: Number(wanted ?? 0),
    stored: report === null ? null : { revision: Number(revision), report, drift: drift ?? [] },
    reportedAt: reportedAt?.toISOString() ?? null,
    hostKeys: row.hostKeys.map(({ validBefore, ...key }) => ({
      ...key,
      validBefore: new Date(validBefore).toISOString(),
      revoked: state === 'revoked',
    })),
  };
}

const NAME = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Nodes that are not revoked, by name. */
export async function list(
  queries: Queries,
  clusterId: string,
  query: PageQuery,
): Promise<Page<NodeAccessRow>> {
  const after = parseCursor('node-access', query.cursor, NAME);
  const rows = await select(queries, clusterId)
    .where('nodes.state', '<>', 'revoked')
    .$if(after !== undefined, (q) => q.where('nodes.name', '>', String(after)))
    .orderBy('nodes.name')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'node-access', (row) => row.name, toRow);
}

export async function find(
  queries: Queries,
  clusterId: string,
  idOrName: string,
): Promise<NodeAccessRow | undefined> {
  const row = await select(queries, clusterId)
    .where(isUuid(idOrName) ? 'nodes.id' : 'nodes.name', '=', idOrName)
    .executeTakeFirst();
  return row && toRow(row);
}

/** Nodes that are not revoked, and where their sshd listens as they last said. */
export async function listAddresses(queries: Queries, clusterId: string): Promise<EmergencyKit['nodes']> {
  return queries
    .selectFrom('nodes')
    .innerJoin('nodeAccess', 'nodeAccess.nodeId', 'nodes.id')
    .select('nodes.name')
    .select(sql<EmergencyKit['nodes'][number]['addresses']>`node_access.report->'addresses'`.as('addresses'))
    .where('nodes.clusterId', '=', clusterId)
    .where('nodes.state', '<>', 'revoked')
    .orderBy('nodes.name')
    .execute();
}
