import { listNodeAccess, listSshSessions, type NodeAccess, type SshSession } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toTable } from '../output/table.ts';
import type { InCluster } from './declared.ts';

/** Which revision is in force where, and which nodes are away. */
export async function nodes({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const found = await allOf((query) => dataOf(listNodeAccess({ client, path, query })));
    context.terminal.result(found, () =>
      toTable<NodeAccess>(
        [
          { title: 'node', value: ({ node }) => node.name },
          { title: 'access', value: ({ state }) => state },
          { title: 'revision', value: ({ revision, wanted }) => `${revision}/${wanted}` },
          {
            title: 'sshd',
            value: ({ addresses }) => addresses.map(({ host, port }) => `${host}:${port}`).join(','),
          },
          { title: 'openssh', value: ({ opensshVersion }) => opensshVersion },
          {
            title: 'wrong',
            value: ({ faults }) => faults.map(({ code, subject }) => `${code} ${subject}`).join('; '),
          },
          { title: 'said', value: ({ reportedAt }) => reportedAt },
        ],
        found,
      ),
    );
  });
}

export async function sessions({
  context,
  options,
}: Invocation<InCluster & { readonly open?: true; readonly node?: string }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const filter = {
      ...(options.open === true ? { state: 'open' as const } : {}),
      ...(options.node === undefined ? {} : { node: options.node }),
    };
    const found = await allOf((query) =>
      dataOf(listSshSessions({ client, path, query: { ...query, ...filter } })),
    );
    context.terminal.result(found, () =>
      toTable<SshSession>(
        [
          { title: 'who', value: whoOf },
          { title: 'as', value: ({ account }) => account },
          { title: 'node', value: ({ node }) => node.name },
          { title: 'from', value: ({ source }) => source },
          { title: 'certificate', value: ({ serial, emergency }) => (emergency ? 'EMERGENCY' : serial) },
          { title: 'grant', value: ({ grantId }) => grantId },
          { title: 'since', value: ({ openedAt }) => openedAt },
          { title: 'ended', value: ({ closedAt, closeReason }) => closedAt && `${closedAt} ${closeReason}` },
        ],
        found,
      ),
    );
  });
}

function whoOf({ user, method }: SshSession): string {
  return user ?? `nobody of ours (${method})`;
}
