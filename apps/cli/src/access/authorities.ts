import {
  listSshAuthorities,
  readEmergencyKit,
  readSshKnownHosts,
  revokeSshAuthority,
  rotateSshAuthority,
  type SshAuthority,
} from '@asterism/api-client';
import { fromBase64url } from '@asterism/bytes';
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
/** For a known_hosts file, and for RevokedHostKeys of ssh_config(5). */
export async function knownHosts({
  context,
  options: { cluster, out, revokedOut },
}: Invocation<InCluster & { readonly out?: string; readonly revokedOut?: string }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const hosts = await dataOf(readSshKnownHosts({ client, path: { cluster: await find(cluster) } }));
    const lines = hosts.lines.join('\n');
    // The refusal of what was revoked first: the lines trust it without.
    if (revokedOut !== undefined) await replaceFile(revokedOut, fromBase64url(hosts.revokedHostKeys));
    if (out !== undefined) await replaceFile(out, `${lines}\n`);
    const files = [revokedOut, out].filter((file) => file !== undefined);
    if (out === undefined) context.terminal.result(hosts, () => lines);
    else context.terminal.result({ files }, () => `written: ${files.join(', ')}`);
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
