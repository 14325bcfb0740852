import type { EmergencyKit } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Queries } from '../database/transaction.ts';

/** Nodes that are not revoked, and where their sshd listens as they last said. */
export async function listAddresses(queries: Queries, clusterId: string): Promise<EmergencyKit['nodes']> {
  const rows = await queries
    .selectFrom('nodes')
    .innerJoin('nodeAccess', 'nodeAccess.nodeId', 'nodes.id')
    .select('nodes.name')
    .select(sql<EmergencyKit['nodes'][number]['addresses']>`node_access.report->'addresses'`.as('addresses'))
    .where('nodes.clusterId', '=', clusterId)
    .where('nodes.state', '<>', 'revoked')
    .orderBy('nodes.name')
    .execute();
  return rows;
}
