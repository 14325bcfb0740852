import { listKekProviders, type KekProvider } from '@asterism/api-client';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toTable } from '../output/table.ts';

export async function listAll({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const { items } = await dataOf(listKekProviders({ client }));
    context.terminal.result(items, () =>
      toTable(
        [
          { title: 'name', value: ({ name }: KekProvider) => name },
          { title: 'kind', value: ({ kind }) => kind },
          { title: 'state', value: ({ state }) => state },
          { title: 'why', value: ({ code }) => code },
          { title: 'clusters', value: ({ clusters }) => clusters },
        ],
        items,
      ),
    );
  });
}
