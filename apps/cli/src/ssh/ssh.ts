import {
  readAccess,
  readCluster,
  readNodeAccess,
  readSshKnownHosts,
  type NodeAccess,
  type SshAddress,
} from '@asterism/api-client';
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

/** What ssh(1) ends with for faults of its own. */
const SSH_FAILED = 255;

interface SshOptions {
  readonly cluster?: string;
  readonly identity?: string;
  readonly ttl?: number;
  readonly reason?: string;
  readonly sourceAddress?: readonly string[];
  readonly forceCommand?: string;
  readonly verify?: true;
  readonly policy?: string;
  readonly clusterId?: string;
}

/** A grant for one node, a certificate of it, and the system's ssh, whose exit code is this command's. */
export async function ssh({ context, args, options }: Invocation<SshOptions>): Promise<number> {
  const [destination = '', ...command] = args;
  const [, account, node = ''] = /^(?:([^@]*)@)?(.+)$/.exec(destination) ?? [];
  if (options.verify !== true && (options.policy ?? options.clusterId) !== undefined) {
    throw new UsageError('usage', '--policy and --cluster-id say nothing without --verify');
  }
  const keys = await findOwnKeys(options.identity);
  const prepared = await withApi(context, async (api) => {
    const path = { cluster: await api.cluster(options.cluster) };
    // Hosts are known by the cluster's name, however it was named here.
    const { name: cluster } = await dataOf(readCluster({ client: api.client, path }));
    const { key, user } = chooseDeclared(
      keys,
      await dataOf(readAccess({ client: api.client, path: { cluster } })),
    );
    const host = await dataOf(readNodeAccess({ client: api.client, path: { cluster, node } }));
    const address = addressOf(host);
    const hosts = await hostsOf(api, { cluster, host, options, context });
    const principal = account ?? user.name;
    const { issued } = await obtainCertificate(
      api,
      {
        ...{ cluster, publicKey: key.line, principal, node: host.node.name, seconds: options.ttl },
        reason: options.reason ?? '',
        sourceAddresses: options.sourceAddress ?? [],
        forceCommand: options.forceCommand ?? null,
      },
      context,
    );
    const alias = `${host.node.name}.${cluster}`;
    return { key, alias, address, hosts, principal, certificate: issued.certificate };
  });
  return connect(prepared, command, context.signal);
}

function addressOf({ node, addresses: [first], state }: NodeAccess): SshAddress {
  if (first !== undefined) return first;
  throw new UsageError('usage', `${node.name} has not told where its sshd is`, { got: state });
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
  readonly key: OwnKey;
  readonly alias: string;
  readonly address: SshAddress;
  readonly hosts: KnownHosts;
  readonly principal: string;
  readonly certificate: string;
}

async function connect(
  connection: Connection,
  command: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { key, alias, address, hosts, principal, certificate } = connection;
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
      ...{ alias, principal, address, command },
    });
    return await runSsh(parameters, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** On this terminal. What ends this command ends ssh, which closes its session. */
async function runSsh(parameters: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn('ssh', parameters, { stdio: 'inherit' });
  const end = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? SSH_FAILED;
  } catch (cause) {
    throw new UsageError('usage', 'ssh cannot be started', { want: 'openssh-client', cause });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
