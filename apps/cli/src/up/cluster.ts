import {
  activatePolicy,
  createCluster,
  createPolicy,
  createPool,
  listClusters,
  listPools,
  readPolicy,
  type Client,
  type Pool,
} from '@asterism/api-client';
import type { PolicyOf } from '@asterism/contracts';
import { allOf, dataOf } from '../connection/client.ts';
import { toSdkPolicy } from '../verify/policy-file.ts';
import { CLUSTER, POOLS, type LocalPool } from './layout.ts';
import { revisePolicy, toPoolPolicy, type PoolExpectation } from './policy.ts';

export interface PolicyChange {
  readonly pool: string;
  readonly version: number;
}

/**
 * The cluster with its pools, each with an active policy that accepts what is expected now. What is there stays; a policy
 * that would refuse today's files gets a next version.
 */
export async function prepareCluster(
  client: Client,
  expected: ReadonlyMap<LocalPool, PoolExpectation>,
): Promise<{ readonly created: boolean; readonly policies: readonly PolicyChange[] }> {
  const clusters = await allOf((query) => dataOf(listClusters({ client, query })));
  const created = !clusters.some(({ name }) => name === CLUSTER);
  if (created) {
    const body = { name: CLUSTER, description: 'made by asterism up' };
    await dataOf(createCluster({ client, body }));
  }
  const path = { cluster: CLUSTER };
  const pools = await allOf((query) => dataOf(listPools({ client, path, query })));
  const policies: PolicyChange[] = [];
  for (const plan of POOLS) {
    const expectation = expected.get(plan);
    if (expectation === undefined) continue;
    const pool = pools.find(({ name }) => name === plan.name) ?? (await makePool(client, plan));
    const version = await preparePolicy(client, pool, expectation);
    if (version !== null) policies.push({ pool: plan.name, version });
  }
  return { created, policies };
}

async function makePool(client: Client, { name, role }: LocalPool): Promise<Pool> {
  const body = { name, role, variant: 'tpm' as const };
  return dataOf(createPool({ client, path: { cluster: CLUSTER }, body }));
}

/** @returns the version that is new and active now, or null where the active one stays */
async function preparePolicy(client: Client, pool: Pool, expected: PoolExpectation): Promise<number | null> {
  const path = { cluster: CLUSTER, pool: pool.name };
  const active =
    pool.activePolicyVersion === null
      ? null
      : await dataOf(readPolicy({ client, path: { ...path, version: pool.activePolicyVersion } }));
  const document =
    active === null ? toPoolPolicy(expected) : revisePolicy(active.document as PolicyOf<'tpm'>, expected);
  if (document === null) return null;
  const body = { document: toSdkPolicy(document), comment: expected.comment };
  const { version } = await dataOf(createPolicy({ client, path, body }));
  const headers = { 'If-Match': `"${pool.revision}"` };
  await dataOf(activatePolicy({ client, path: { ...path, version }, headers }));
  return version;
}
