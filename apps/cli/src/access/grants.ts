import {
  approveSshGrant,
  denySshGrant,
  endSshGrant,
  listRevokedSshKeys,
  listSshCertificates,
  listSshGrants,
  readSshGrant,
  revokeSshCertificate,
  revokeSshKey,
  type SshCertificate,
  type SshGrant,
} from '@asterism/api-client';
import { fingerprintOf, parsePublicKey } from '@asterism/ssh';
import { readFile } from 'node:fs/promises';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toFields, toTable } from '../output/table.ts';
import { confirm, type InCluster } from './declared.ts';

interface WithReason extends InCluster {
  readonly reason: string;
}

export async function list({
  context,
  options,
}: Invocation<InCluster & { readonly state?: SshGrant['state'] }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const filter = options.state === undefined ? {} : { state: options.state };
    const found = await allOf((query) =>
      dataOf(listSshGrants({ client, path, query: { ...query, ...filter } })),
    );
    context.terminal.result(found, () => toGrantTable(found));
  });
}

function toGrantTable(grants: readonly SshGrant[]): string {
  return toTable<SshGrant>(
    [
      { title: 'grant', value: ({ id }) => id },
      { title: 'who', value: ({ user }) => user },
      { title: 'as', value: ({ principal }) => principal },
      { title: 'where', value: placeOf },
      { title: 'state', value: ({ state }) => state },
      { title: 'until', value: ({ endedAt, expiresAt }) => endedAt ?? expiresAt },
      { title: 'sessions', value: ({ openSessions }) => openSessions },
      { title: 'why', value: ({ reason }) => reason },
    ],
    grants,
  );
}

export function placeOf({ node, pools }: SshGrant): string {
  return node === null ? `pools ${pools.join(',')}` : node.name;
}

/** Shows what is approved before it is: the key's fingerprint goes back with the answer. */
export async function approve({
  context,
  args,
  options,
}: Invocation<InCluster & { readonly reason?: string; readonly yes?: true }>): Promise<ExitCode> {
  const [grant = ''] = args;
  return withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), grant };
    const shown = await dataOf(readSshGrant({ client, path }));
    const { user, principal, requesterName, reason, fingerprint } = shown;
    context.terminal.note(
      toFields([
        ['who', user],
        ['as', principal],
        ['where', placeOf(shown)],
        ['asked by', requesterName],
        ['why', reason],
        ['key', fingerprint],
      ]),
    );
    if (options.yes !== true && !(await confirm(context, 'let this key in?'))) return EXIT.refused;
    const body = { fingerprint, reason: options.reason ?? '' };
    const approved = await dataOf(approveSshGrant({ client, path, body }));
    context.terminal.result(approved, () => `approved until ${approved.expiresAt}`);
    return EXIT.good;
  });
}

export async function deny({ context, args, options }: Invocation<WithReason>): Promise<undefined> {
  const [grant = ''] = args;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), grant };
    const denied = await dataOf(denySshGrant({ client, path, body: { reason: options.reason } }));
    context.terminal.result(denied, () => `denied: ${denied.user} as ${denied.principal}`);
  });
}

export async function end({ context, args, options }: Invocation<WithReason>): Promise<undefined> {
  const [grant = ''] = args;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), grant };
    const ended = await dataOf(endSshGrant({ client, path, body: { reason: options.reason } }));
    context.terminal.result(ended, () => `ended: ${ended.user} as ${ended.principal}`);
  });
}

export async function certificates({
  context,
  options,
}: Invocation<InCluster & { readonly grant?: string }>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const filter = options.grant === undefined ? {} : { grant: options.grant };
    const found = await allOf((query) =>
      dataOf(listSshCertificates({ client, path, query: { ...query, ...filter } })),
    );
    context.terminal.result(found, () =>
      toTable<SshCertificate>(
        [
          { title: 'serial', value: ({ serial }) => serial },
          { title: 'who', value: ({ user }) => user },
          { title: 'principals', value: ({ principals }) => principals.join(',') },
          { title: 'until', value: ({ validBefore }) => validBefore },
          {
            title: 'revoked',
            value: ({ revokedAt, revokeReason }) => revokedAt && `${revokedAt} ${revokeReason}`,
          },
        ],
        found,
      ),
    );
  });
}

export async function revokeCertificate({
  context,
  args,
  options,
}: Invocation<WithReason>): Promise<undefined> {
  const [serial] = args;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), serial: Number(serial) };
    const revoked = await dataOf(revokeSshCertificate({ client, path, body: { reason: options.reason } }));
    context.terminal.result(revoked, () => `revoked: certificate ${revoked.serial} of ${revoked.user}`);
  });
}

/** By fingerprint, or by the file of the public key. */
export async function revokeKey({ context, args, options }: Invocation<WithReason>): Promise<undefined> {
  const [named = ''] = args;
  const fingerprint = named.startsWith('SHA256:') ? named : await fingerprintOfFile(named);
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const revoked = await dataOf(
      revokeSshKey({ client, path, body: { fingerprint, reason: options.reason } }),
    );
    context.terminal.result(revoked, () => `revoked: ${revoked.fingerprint}`);
  });
}

async function fingerprintOfFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError('file-unreadable', `${file} cannot be read (${cause.code ?? 'unknown'})`, { cause });
  });
  return fingerprintOf(parsePublicKey(text));
}

export async function revokedKeys({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const found = await allOf((query) => dataOf(listRevokedSshKeys({ client, path, query })));
    context.terminal.result(found, () =>
      toTable(
        [
          { title: 'key', value: ({ fingerprint }) => fingerprint },
          { title: 'when', value: ({ revokedAt }) => revokedAt },
          { title: 'why', value: ({ reason }) => reason },
        ],
        found,
      ),
    );
  });
}
