import type { NodeState } from '@asterism/contracts';
import type { Database } from '../database/database.ts';
import type { BootProgress } from '../schema.ts';

/** What decides whether a machine may act as its node, as of now. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  /** Of its pool. */
  readonly activePolicyVersion: number | null;
  /** How far this boot has come; null where the boot was granted nothing. */
  readonly progress: BootProgress | null;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  readonly active_policy_version: number | null;
  readonly progress: BootProgress | null;
}

/**
 * Asked at every request of a node, so that rights end with the commit that ends them (S24). Only in the pool whose
 * policy the machine was appraised by.
 */
export async function find(
  database: Database,
  pool: { readonly clusterId: string; readonly poolId: string },
  machine: { readonly identity: string; readonly boot: string },
): Promise<Member | undefined> {
  const [row] = await database.prepared<Row>(
    'member-find',
    `select n.id, n.name, n.state, p.active_policy_version, b.progress
     from nodes n join pools p on p.id = n.pool_id left join boots b on b.node_id = n.id and b.boot = $4
     where n.cluster_id = $1 and n.pool_id = $2 and n.identity = $3`,
    [pool.clusterId, pool.poolId, machine.identity, machine.boot],
  );
  if (row === undefined) return undefined;
  const { active_policy_version: activePolicyVersion, ...member } = row;
  return { ...member, activePolicyVersion };
}
