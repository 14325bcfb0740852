import type { Cluster, ClusterKeys, Pool, PolicyDocument, PoolRole } from '@asterism/contracts';
import { clusters, inTransaction, policies, pools, type Database } from '@asterism/persistence';

export interface SeededCluster {
  readonly cluster: Cluster;
  readonly pools: Readonly<Record<PoolRole, Pool>>;
}

/** A policy that names nothing of a real machine: for tests that never appraise with it. */
export const PLACEHOLDER_POLICY: PolicyDocument = {
  schema: 'asterism/policy/v1',
  variant: 'tpm',
  reattestationInterval: 60,
  maximumCollateralAge: 'any',
  approval: 'automatic',
  tpm: {
    bank: 'sha256',
    pcrs: { '4': { mode: 'enforce', values: 'any' } },
    attestationKey: { trust: 'pinned', keys: ['0'.repeat(64)] },
    eventLog: 'any',
  },
};

/**
 * A cluster with a control-plane pool and a worker pool, both with `policy` active. Its secrets are not sealed by
 * anyone: pass real ones where a ticket is to be made.
 */
export async function seedCluster(
  database: Database,
  options: {
    readonly name?: string;
    readonly policy?: PolicyDocument;
    readonly clusterId?: string;
    readonly id?: string;
    readonly secrets?: clusters.ClusterSecrets;
    readonly keys?: ClusterKeys;
  } = {},
): Promise<SeededCluster> {
  const id = options.id ?? database.newId();
  return inTransaction(database, async (tx) => {
    const cluster = await clusters.create(tx, {
      id,
      name: options.name ?? 'production',
      description: '',
      kubernetesMode: 'none',
      keys: options.keys ?? { mode: 'managed', scheme: 'asterism' },
      clusterId: options.clusterId ?? id.replaceAll('-', '').repeat(2),
      ...(options.secrets ?? {
        wrappedRoot: new Uint8Array(60),
        salt: new Uint8Array(32),
        measurementSalt: new Uint8Array(32),
      }),
    });
    const seeded: Partial<Record<PoolRole, Pool>> = {};
    const document = options.policy ?? PLACEHOLDER_POLICY;
    for (const role of ['control-plane', 'worker'] as const) {
      const pool = await pools.create(tx, id, {
        name: role === 'worker' ? 'workers' : role,
        description: '',
        role,
        variant: document.variant,
        stateDiskKdf: 'pbkdf2',
      });
      await policies.create(tx, id, pool.id, { document, comment: '', createdBy: 'system' });
      await policies.activate(tx, id, pool.id, 1);
      seeded[role] = { ...pool, activePolicyVersion: 1 };
    }
    return { cluster, pools: seeded as Record<PoolRole, Pool> };
  });
}
