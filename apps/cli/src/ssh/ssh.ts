import { readAccess, readNodeAccess, readSshKnownHosts, type NodeAccess } from '@asterism/api-client';
import { fromBase64url } from '@asterism/bytes';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataOf } from '../connection/client.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { attestedHostKeys } from './attested-host-keys.ts';
import { obtainCertificate } from './obtain.ts';
import { chooseDeclared, findOwnKeys, type OwnKey } from './own-keys.ts';
import { sshArguments } from './ssh-arguments.ts';

interface SshOptions {
  readonly cluster?: string;
  readonly identity?: string;
  readonly ttl?: number;
  readonly reason?: string;
  readonly verify?: true;
  readonly policy?: string;
  readonly clusterId?: string;
}

/** A grant for one node, a certificate of it, and the system's ssh, whose exit code is this command's. */
export async function ssh({ context, args, options }: Invocation<SshOptions>): Promise<number> {
  const [destination = '', ...command] = args;
  const [, account, node = ''] = /^(?:([^@]*)@)?(.+)$/.exec(destination) ?? [];
  const keys = await findOwnKeys(options.identity);
  const prepared = await withApi(context, async (api) => {
    const cluster = await api.cluster(options.cluster);
    const { key, user } = chooseDeclared(
      keys,
      await dataOf(readAccess({ client: api.client, path: { cluster } })),
    );
    const host = await dataOf(readNodeAccess({ client: api.client, path: { cluster, node } }));
    const hosts = await hostsOf(api, { cluster, host, options, context });
    const principal = account ?? user.name;
    const { issued } = await obtainCertificate(
      api.client,
      {
        ...{ cluster, publicKey: key.line, principal, node: host.node.name, seconds: options.ttl },
        ...{ reason: options.reason ?? '', sourceAddresses: [], forceCommand: null },
      },
      context,
    );
    return { cluster, key, host, hosts, principal, certificate: issued.certificate };
  });
  return connect(prepared, command);
}

interface KnownHosts {
  readonly lines: readonly string[];
  /** OpenSSH key revocation list. */
  readonly revoked: Uint8Array;
}

/** The authority of the cluster; with `--verify`, the very keys that the node's evidence carries and no other. */
async function hostsOf(
  api: ApiSession,
  order: { cluster: string; host: NodeAccess; options: SshOptions; context: Context },
): Promise<KnownHosts> {
  const { cluster, host, options, context } = order;
  const { lines, revokedHostKeys } = await dataOf(
    readSshKnownHosts({ client: api.client, path: { cluster } }),
  );
  const revoked = fromBase64url(revokedHostKeys);
  if (options.verify !== true) return { lines, revoked };
  const keys = await attestedHostKeys(api, { cluster, host, options, context });
  const alias = `${host.node.name}.${cluster}`;
  return { lines: keys.map((key) => `${alias} ${key}`), revoked };
}

interface Connection {
  readonly cluster: string;
  readonly key: OwnKey;
  readonly host: NodeAccess;
  readonly hosts: KnownHosts;
  readonly principal: string;
  readonly certificate: string;
}

async function connect(connection: Connection, command: readonly string[]): Promise<number> {
  const { cluster, key, host, hosts, principal, certificate } = connection;
  const [address] = host.addresses;
  if (address === undefined) {
    throw new UsageError('usage', `${host.node.name} has not told where its sshd is`, { got: host.state });
  }
  const folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
  const file = (name: string) => join(folder, name);
  try {
    await writeFile(file('known_hosts'), `${hosts.lines.join('\n')}\n`, { mode: 0o600 });
    await writeFile(file('revoked'), hosts.revoked, { mode: 0o600 });
    await writeFile(file('id-cert.pub'), `${certificate}\n`, { mode: 0o600 });
    await writeFile(file('id.pub'), `${key.line}\n`, { mode: 0o600 });
    const parameters = sshArguments({
      identity: key.identity ?? file('id.pub'),
      certificate: file('id-cert.pub'),
      knownHosts: file('known_hosts'),
      revoked: file('revoked'),
      alias: `${host.node.name}.${cluster}`,
      ...{ principal, address, command },
    });
    const child = spawn('ssh', parameters, { stdio: 'inherit' });
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 255;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
