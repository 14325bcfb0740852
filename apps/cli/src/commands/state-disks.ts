import { acceptRollback, listStateDisks, type StateDisk } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}

export async function listAll({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const disks = await allOf((query) => dataOf(listStateDisks({ client, path, query })));
    context.terminal.result(disks, () => toDiskTable(disks));
  });
}

interface Acceptance extends InCluster {
  readonly epoch: number;
  readonly confirm: string;
  readonly reason: string;
}

export async function accept({
  context,
  args: [disk = ''],
  options,
}: Invocation<Acceptance>): Promise<undefined> {
  const { epoch, confirm, reason } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), disk };
    const accepted = await dataOf(acceptRollback({ client, path, body: { epoch, confirm, reason } }));
    context.terminal.result(accepted, () => toDiskTable([accepted]));
  });
}

function toDiskTable(disks: readonly StateDisk[]): string {
  return toTable(
    [
      { title: 'disk', value: ({ id }) => id },
      { title: 'node', value: ({ nodeId }) => nodeId },
      { title: 'key version', value: toVersion },
      { title: 'epoch', value: ({ epoch }) => epoch },
      { title: 'opened', value: ({ openedAt }) => openedAt },
      { title: 'fault', value: toFault },
      {
        title: 'accepted',
        value: ({ acceptedEpoch }) => (acceptedEpoch === null ? null : `epoch ${acceptedEpoch}`),
      },
    ],
    disks,
  );
}

function toVersion({ keyVersion, nextKeyVersion }: StateDisk): string {
  return nextKeyVersion === null ? String(keyVersion) : `${keyVersion}, then ${nextKeyVersion}`;
}

function toFault({ fault }: StateDisk): string | null {
  return fault && `${fault.code}: ${fault.detail}${fault.epoch === null ? '' : ` (epoch ${fault.epoch})`}`;
}
