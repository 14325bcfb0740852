import { createToken, readCluster, listTokens, revokeToken, type Token } from '@asterism/api-client';
import { ROLES, type Role } from '@asterism/contracts';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toTable } from '../output/table.ts';

type Binding = Token['bindings'][number];

export async function listAll({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const tokens = await allOf((query) => dataOf(listTokens({ client, query })));
    context.terminal.result(tokens, () =>
      toTable(
        [
          { title: 'id', value: ({ id }: Token) => id },
          { title: 'name', value: ({ name }) => name },
          { title: 'kind', value: ({ kind }) => kind },
          { title: 'roles', value: ({ bindings }) => bindings.map(toText).join(', ') },
          { title: 'expires', value: ({ expiresAt }) => expiresAt },
          { title: 'revoked', value: ({ revokedAt }) => revokedAt },
        ],
        tokens,
      ),
    );
  });
}

interface NewToken {
  readonly role: readonly string[];
  readonly expiresIn: number;
}

export async function create({
  context,
  args: [name = ''],
  options,
}: Invocation<NewToken>): Promise<undefined> {
  await withApi(context, async (api) => {
    const bindings = await Promise.all(options.role.map((text) => toBinding(api, text)));
    const body = { name, bindings, expiresIn: options.expiresIn };
    const made = await dataOf(createToken({ client: api.client, body }));
    context.terminal.result(made, () => made.secret);
    if (!context.terminal.json) {
      context.terminal.note(
        `token ${made.token.id}, valid until ${made.token.expiresAt}; it is not shown again`,
      );
    }
  });
}

export async function revoke({ context, args: [token = ''] }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    await dataOf(revokeToken({ client, path: { token } }));
    context.terminal.result({ revoked: token }, () => `revoked ${token}`);
  });
}

function toText({ role, clusterId }: Binding): string {
  return clusterId === null ? role : `${role}@${clusterId}`;
}

async function toBinding(api: ApiSession, text: string): Promise<Binding> {
  const [role = '', cluster] = text.split('@');
  if (!isRole(role)) throw new UsageError('usage', 'no such role', { got: role, want: ROLES.join(', ') });
  if (cluster === undefined) return { role, clusterId: null };
  const { id } = await dataOf(readCluster({ client: api.client, path: { cluster } }));
  return { role, clusterId: id };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
