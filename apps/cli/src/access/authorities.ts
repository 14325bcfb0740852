import {
  listSshAuthorities,
  readEmergencyKit,
  readSshKnownHosts,
  revokeSshAuthority,
  rotateSshAuthority,
  type SshAuthority,
} from '@asterism/api-client';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { toTable } from '../output/table.ts';
import { replaceFile, writeNewFile } from '../policies/write-file.ts';
import type { InCluster } from './declared.ts';

export async function authorities({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const { items } = await dataOf(listSshAuthorities({ client, path }));
    context.terminal.result(items, () => toAuthorityTable(items));
  });
}

function toAuthorityTable(items: readonly SshAuthority[]): string {
  return toTable<SshAuthority>(
    [
      { title: 'authority', value: ({ kind }) => kind },
      { title: 'version', value: ({ version }) => version },
      { title: 'state', value: ({ state }) => state },
      { title: 'fingerprint', value: ({ fingerprint }) => fingerprint },
      { title: 'signs from', value: ({ signsFrom }) => signsFrom },
      { title: 'trusted until', value: ({ trustedUntil }) => trustedUntil },
    ],
    items,
  );
}

export async function rotate({ context, args, options }: Invocation<InCluster>): Promise<undefined> {
  const kind = args[0] as SshAuthority['kind'];
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), kind };
    const made = await dataOf(rotateSshAuthority({ client, path }));
    context.terminal.result(made, () => toAuthorityTable([made]));
  });
}

export async function revoke({
  context,
  args,
  options,
}: Invocation<InCluster & { readonly confirm: string; readonly reason: string }>): Promise<undefined> {
  const [kind, version] = args;
  const { confirm, reason } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = {
      cluster: await find(options.cluster),
      kind: kind as SshAuthority['kind'],
      version: Number(version),
    };
    const revoked = await dataOf(revokeSshAuthority({ client, path, body: { confirm, reason } }));
    context.terminal.result(revoked, () => toAuthorityTable([revoked]));
  });
}

/** Into a file of its own, over what was in it before; or on the terminal. */
export async function knownHosts({
  context,
  options,
}: Invocation<InCluster & { readonly out?: string }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const hosts = await dataOf(readSshKnownHosts({ client, path: { cluster: await find(options.cluster) } }));
    if (options.out === undefined) return context.terminal.result(hosts, () => hosts.lines.join('\n'));
    await replaceFile(options.out, `${hosts.lines.join('\n')}\n`);
    context.terminal.result({ file: options.out }, () => `written: ${options.out}`);
  });
}

export async function emergencyKit({
  context,
  options,
}: Invocation<InCluster & { readonly out: string }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const kit = await dataOf(readEmergencyKit({ client, path: { cluster: await find(options.cluster) } }));
    await writeNewFile(options.out, `${JSON.stringify(kit, null, 2)}\n`);
    context.terminal.result({ file: options.out, authority: kit.authority }, () =>
      [
        `written: ${options.out}; nothing in it is secret`,
        'keep it where the API is not, and write it anew after each rotation of the emergency authority',
      ].join('\n'),
    );
  });
}
