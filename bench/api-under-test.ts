import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  activatePolicy,
  createCluster,
  createPolicy,
  createPool,
  type Client,
  type CreateClusterKeys,
} from '@asterism/api-client';
import type { PolicyDocument } from '@asterism/contracts';
import { connect, dataOf } from '../apps/cli/src/connection/client.ts';
import { openAuthority } from '../apps/cli/src/up/authority.ts';
import { buildProjects, type BuildTarget } from '../apps/cli/src/up/build.ts';
import { openDataDirectory } from '../apps/cli/src/up/data-directory.ts';
import { toSdkPolicy } from '../apps/cli/src/verify/policy-file.ts';
import { NODE, WORKSPACE } from '../apps/cli/src/workspace.ts';
import { CLUSTER, POOLS } from './place.ts';

const START_MS = 60_000;
const API: BuildTarget = { project: 'api', outputs: ['dist/api/main.js'] };

/** Of each pool. */
export type Policies = Readonly<Record<keyof typeof POOLS, PolicyDocument>>;

export interface ApiUnderTest extends AsyncDisposable {
  readonly pid: number;
  readonly nodeUrl: string;
  /** SHA-256 of the key that nodes pin. */
  readonly identityKeySpki: string;
  readonly client: Client;
  /** Data folder: its PostgreSQL processes name it on their command line. */
  readonly directory: string;
}

/** The real API as it is shipped, on its embedded database, with a key file as seal and a key that nodes pin. */
export async function startApi(environment: Readonly<Record<string, string>> = {}): Promise<ApiUnderTest> {
  const stopping = new AbortController();
  await buildProjects([API], stopping.signal);
  const root = await mkdtemp(join(tmpdir(), 'asterism-bench-'));
  const directory = await openDataDirectory(root);
  const certificate = await openAuthority(directory, new Date());
  const file = (name: string): string => join(root, name);
  const identity = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  await writeFile(file('identity.pem'), identity.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(file('seal.key'), randomBytes(32), { mode: 0o600 });
  const child = spawn(NODE, [join(WORKSPACE, 'dist/api/main.js')], {
    env: {
      PATH: process.env['PATH'],
      ASTERISM_DATA: directory.api,
      ASTERISM_OPERATOR_LISTEN: '127.0.0.1:0',
      ASTERISM_NODE_LISTEN: '127.0.0.1:0',
      ASTERISM_TLS_CERTIFICATE: certificate.certificate,
      ASTERISM_TLS_KEY: certificate.key,
      ASTERISM_IDENTITY_KEY: file('identity.pem'),
      ASTERISM_SEAL: `key-file:${file('seal.key')}`,
      ASTERISM_ADMIN_TOKEN_FILE: file('token'),
      ASTERISM_READY_FILE: file('ready.json'),
      ASTERISM_STOP_WITH_STDIN: '1',
      ...environment,
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    stopping.abort();
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
    await rm(root, { recursive: true, force: true });
  };
  try {
    const ready = await untilReady(file('ready.json'), () => child.exitCode === null);
    const [ca, token] = await Promise.all([
      readFile(certificate.authority, 'utf8'),
      readFile(file('token'), 'utf8'),
    ]);
    const caFile = certificate.authority;
    const endpoint = { url: ready.operatorUrl, ca, caFile, token: token.trim(), cluster: null };
    const { client } = connect(endpoint, stopping.signal);
    return { ...ready, pid: child.pid ?? 0, client, directory: directory.api, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ready {
  readonly operatorUrl: string;
  readonly nodeUrl: string;
  readonly identityKeySpki: string;
}

async function untilReady(file: string, isRunning: () => boolean): Promise<Ready> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && isRunning()) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return JSON.parse(text) as Ready;
    await delay(50);
  }
  throw new Error('the API does not start');
}

/** A cluster with its pools, each taking what its policy says. */
export async function prepareCluster(
  { client }: ApiUnderTest,
  policies: Policies,
  keys: CreateClusterKeys = { mode: 'managed' },
): Promise<void> {
  await dataOf(createCluster({ client, body: { name: CLUSTER, keys } }));
  for (const pool of ['first', 'workers'] as const) await preparePool(client, POOLS[pool], policies[pool]);
}

async function preparePool(
  client: Client,
  { name, role }: { readonly name: string; readonly role: 'control-plane' | 'worker' },
  document: PolicyDocument,
): Promise<void> {
  const body = { name, role, variant: 'tpm' as const };
  const pool = await dataOf(createPool({ client, path: { cluster: CLUSTER }, body }));
  const path = { cluster: CLUSTER, pool: name };
  const { version } = await dataOf(createPolicy({ client, path, body: { document: toSdkPolicy(document) } }));
  const headers = { 'If-Match': `"${pool.revision}"` };
  await dataOf(activatePolicy({ client, path: { ...path, version }, headers }));
}
