import { createPool, readPool, listPools, type Pool } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toCounts } from '../output/counts.ts';
import { toFields, toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}

export async function listAll({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const cluster = await find(options.cluster);
    const pools = await allOf((query) => dataOf(listPools({ client, path: { cluster }, query })));
    context.terminal.result(pools, () =>
      toTable(
        [
          { title: 'name', value: ({ name }: Pool) => name },
          { title: 'role', value: ({ role }) => role },
          { title: 'variant', value: ({ variant }) => variant },
          { title: 'policy', value: ({ activePolicyVersion }) => activePolicyVersion },
          { title: 'nodes', value: ({ nodeCounts }) => toCounts(nodeCounts) },
        ],
        pools,
      ),
    );
  });
}

export async function show({
  context,
  args: [pool = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const cluster = await find(options.cluster);
    const found = await dataOf(readPool({ client, path: { cluster, pool } }));
    context.terminal.result(found, () => describe(found));
  });
}

interface NewPool extends InCluster {
  readonly description: string;
  readonly role: Pool['role'];
  readonly variant: Pool['variant'];
  readonly stateDiskKdf: Pool['stateDiskKdf'];
}

export async function create({
  context,
  args: [name = ''],
  options,
}: Invocation<NewPool>): Promise<undefined> {
  const { description, role, variant, stateDiskKdf } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const cluster = await find(options.cluster);
    const body = { name, description, role, variant, stateDiskKdf };
    const made = await dataOf(createPool({ client, path: { cluster }, body }));
    context.terminal.result(made, () => describe(made));
  });
}

function describe(pool: Pool): string {
  return toFields([
    ['name', pool.name],
    ['id', pool.id],
    ['description', pool.description],
    ['role', pool.role],
    ['variant', pool.variant],
    ['keyslots of state disks', pool.stateDiskKdf],
    ['active policy', pool.activePolicyVersion],
    ['nodes', toCounts(pool.nodeCounts)],
    ['revision', pool.revision],
    ['created', pool.createdAt],
  ]);
}
