import { approveEnrolment, denyEnrolment, listEnrolments, type Enrolment } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}

interface Listing extends InCluster {
  readonly state?: Enrolment['state'];
}

export async function listAll({ context, options }: Invocation<Listing>): Promise<undefined> {
  const { state } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const enrolments = await allOf((page) =>
      dataOf(listEnrolments({ client, path, query: { ...page, ...(state === undefined ? {} : { state }) } })),
    );
    context.terminal.result(enrolments, () =>
      toTable(
        [
          { title: 'id', value: ({ id }: Enrolment) => id },
          { title: 'pool', value: ({ poolName }) => poolName },
          {
            title: 'state',
            value: ({ state: now, waitReason }) => (waitReason === null ? now : `${now} (${waitReason})`),
          },
          { title: 'kind', value: ({ kind }) => kind },
          { title: 'identity', value: ({ identity }) => identity },
          { title: 'updated', value: ({ updatedAt }) => updatedAt },
        ],
        enrolments,
      ),
    );
  });
}

interface Approval extends InCluster {
  readonly identity: string;
  readonly reason: string;
}

export async function approve({
  context,
  args: [enrolment = ''],
  options,
}: Invocation<Approval>): Promise<undefined> {
  const { identity, reason } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), enrolment };
    const decided = await dataOf(approveEnrolment({ client, path, body: { identity, reason } }));
    context.terminal.result(decided, () => `approved ${decided.identity}`);
  });
}

interface Denial extends InCluster {
  readonly reason: string;
}

export async function deny({
  context,
  args: [enrolment = ''],
  options,
}: Invocation<Denial>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), enrolment };
    const decided = await dataOf(denyEnrolment({ client, path, body: { reason: options.reason } }));
    context.terminal.result(decided, () => `denied ${decided.identity}`);
  });
}
