import {
  createSshCertificate,
  createSshGrant,
  listNodeAccess,
  readAccess,
  readSshKnownHosts,
  applyAccess,
  type AccessDocument,
  type Client,
  type CreateSshGrant,
} from '@asterism/api-client';
import { fromBase64url } from '@asterism/bytes';
import type { RunningUp } from '@asterism/testkit/up';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Ended } from './commands.ts';
import { need } from './sdk.ts';
import { until } from './until.ts';

const path = { cluster: 'local' };

export interface LoginOptions {
  readonly account: string;
  /** Of the node's machine in the ready file. */
  readonly machine: string;
  /** File of the certificate. */
  readonly certificate: string;
  readonly command?: string;
}

/** Somebody with the real OpenSSH client, a key of his own, and files in a folder. */
export class SshPerson {
  readonly folder: string;
  readonly publicKey: string;
  readonly #name: string;

  private constructor(folder: string, name: string, publicKey: string) {
    this.folder = folder;
    this.#name = name;
    this.publicKey = publicKey;
  }

  static async make(folder: string, name: string): Promise<SshPerson> {
    const key = join(folder, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
    return new SshPerson(folder, name, (await readFile(`${key}.pub`, 'utf8')).trim());
  }

  get keyFile(): string {
    return join(this.folder, this.#name);
  }

  /** A grant that needs nobody else, and a certificate of it in a file. */
  async certify(client: Client, change: Partial<CreateSshGrant>, file: string) {
    const body = { publicKey: this.publicKey, principal: 'alice', reason: 'end to end', ...change };
    const grant = await need(createSshGrant({ client, path, body }));
    return { grant, certificate: await this.certifyGrant(client, grant.id, file) };
  }

  async certifyGrant(client: Client, grant: string, file: string): Promise<string> {
    const { certificate } = await need(createSshCertificate({ client, path: { ...path, grant }, body: {} }));
    await writeFile(join(this.folder, file), `${certificate}\n`);
    return join(this.folder, file);
  }

  /** Hosts are known by the cluster's authority alone, and those that it takes back are refused. */
  async learnHosts(client: Client): Promise<void> {
    const { lines, revokedHostKeys } = await need(readSshKnownHosts({ client, path }));
    await writeFile(join(this.folder, 'known_hosts'), `${lines.join('\n')}\n`);
    await writeFile(join(this.folder, 'revoked'), fromBase64url(revokedHostKeys));
  }

  login(up: RunningUp, options: LoginOptions): Promise<Ended> {
    return run('ssh', this.#argumentsFor(up, options));
  }

  /** A session that goes on until somebody ends it. */
  stay(up: RunningUp, options: LoginOptions): ChildProcess {
    return spawn('ssh', this.#argumentsFor(up, { command: 'echo in; sleep 600', ...options }), {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  #argumentsFor(up: RunningUp, { account, machine, certificate, command = 'id -un' }: LoginOptions) {
    const node = nodeOf(up, machine);
    const settings = {
      IdentitiesOnly: 'yes',
      IdentityFile: this.keyFile,
      CertificateFile: certificate,
      UserKnownHostsFile: join(this.folder, 'known_hosts'),
      GlobalKnownHostsFile: '/dev/null',
      RevokedHostKeys: join(this.folder, 'revoked'),
      StrictHostKeyChecking: 'yes',
      HostKeyAlias: `${node.name}.local`,
      BatchMode: 'yes',
      ConnectTimeout: '10',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return ['-F', 'none', ...options, '-p', String(node.sshPort), `${account}@127.0.0.1`, command];
  }
}

export function nodeOf(up: RunningUp, machine: string): RunningUp['ready']['nodes'][number] {
  const node = up.ready.nodes.find((each) => each.machine === machine);
  if (node === undefined) throw new Error(`no machine ${machine} in ${JSON.stringify(up.ready.nodes)}`);
  return node;
}

/** Declares these users, and waits until every node says that it is so there. @returns milliseconds that it took */
export async function declare(
  client: Client,
  users: AccessDocument['users'],
  policy: Partial<AccessDocument['policy']> = {},
): Promise<number> {
  const before = await need(readAccess({ client, path }));
  const body = { schema: 'asterism/access/v1' as const, policy: { ...before.policy, ...policy }, users };
  const began = Date.now();
  await need(applyAccess({ client, path, body, headers: { 'If-Match': `"${before.revision}"` } }));
  await untilInForce(client);
  return Date.now() - began;
}

export function untilInForce(client: Client): Promise<true> {
  return until('every node has what is wanted of it', async () => {
    const { items } = await need(listNodeAccess({ client, path }));
    return items.every(({ state }) => state === 'in-force') || undefined;
  });
}
