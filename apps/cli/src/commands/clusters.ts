import { createCluster, deleteCluster, readCluster, listClusters, type Cluster } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toCounts } from '../output/counts.ts';
import { toFields, toTable } from '../output/table.ts';
import { toClusterKeys, type KeySource } from './constellation-secrets.ts';

export async function listAll({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const clusters = await allOf((query) => dataOf(listClusters({ client, query })));
    context.terminal.result(clusters, () =>
      toTable(
        [
          { title: 'name', value: ({ name }: Cluster) => name },
          { title: 'state', value: ({ state }) => state },
          { title: 'kubernetes', value: ({ kubernetesMode }) => kubernetesMode },
          { title: 'nodes', value: ({ nodeCounts }) => toCounts(nodeCounts) },
          { title: 'created', value: ({ createdAt }) => createdAt },
        ],
        clusters,
      ),
    );
  });
}

export async function show({ context, args: [cluster = ''] }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const found = await dataOf(readCluster({ client, path: { cluster } }));
    context.terminal.result(found, () => describe(found));
  });
}

export async function create({
  context,
  args: [name = ''],
  options: { description, ...source },
}: Invocation<KeySource & { readonly description: string }>): Promise<undefined> {
  const keys = await toClusterKeys(source);
  await withApi(context, async ({ client }) => {
    const body = { name, description, kubernetesMode: 'none' as const, keys };
    const made = await dataOf(createCluster({ client, body }));
    context.terminal.result(made, () => describe(made));
  });
}

export async function remove({
  context,
  args: [cluster = ''],
  options: { confirm },
}: Invocation<{ confirm: string }>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    await dataOf(deleteCluster({ client, path: { cluster }, body: { confirm } }));
    context.terminal.result({ deleted: cluster }, () => `deleted ${cluster}`);
  });
}

function describe(cluster: Cluster): string {
  return toFields([
    ['name', cluster.name],
    ['id', cluster.id],
    ['description', cluster.description],
    ['state', cluster.state],
    ['kubernetes', cluster.kubernetesMode],
    ['keys', toKeysText(cluster.keys)],
    ['measured identity', cluster.clusterId],
    ['nodes', toCounts(cluster.nodeCounts)],
    ['revision', cluster.revision],
    ['created', cluster.createdAt],
  ]);
}

function toKeysText(keys: Cluster['keys']): string {
  return keys.mode === 'managed' ? `managed, scheme ${keys.scheme}` : `external, wrapped by ${keys.provider}`;
}
