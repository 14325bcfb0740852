import {
  createPolicy,
  createSession,
  createSignInLink,
  createToken,
  createVerification,
  listKeys,
  listNodes,
  readCluster,
  readNode,
  readPolicy,
  readSession,
  type Client,
} from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, curl, documentsOf } from './commands.ts';
import { adminOf, need, sdkOf } from './sdk.ts';

let up: RunningUp;
let admin: Client;
let token: string;
const path = { cluster: 'local' };

beforeAll(async () => {
  up = await startUp({ nodes: 3 });
  admin = await adminOf(up);
  token = await up.token();
});
afterAll(() => up?.dispose());

describe('asterism up', () => {
  it('writes the ready file once all machines are members, one of them of the control plane', async () => {
    expect(up.ready).toMatchObject({
      apiUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      nodeUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      consoleUrl: null,
      cluster: 'local',
    });
    expect(up.ready.nodes.map(({ pool, role, state }) => ({ pool, role, state }))).toEqual([
      { pool: 'control-plane', role: 'control-plane', state: 'member' },
      { pool: 'workers', role: 'worker', state: 'member' },
      { pool: 'workers', role: 'worker', state: 'member' },
    ]);
    const { items } = await need(listNodes({ client: admin, path }));
    expect(items.map(({ name, state }) => [name, state]).sort()).toEqual(
      up.ready.nodes.map(({ name, state }) => [name, state]).sort(),
    );
    expect(new Set(items.map(({ identity }) => identity)).size).toBe(3);
  });

  it('keeps the token from others, and prints it nowhere', async () => {
    expect((await stat(up.ready.tokenFile)).mode & 0o077).toBe(0);
    expect(up.output()).not.toContain(token);
    for (const log of ['api.log', 'up.log']) {
      const text = await readFile(join(up.data, 'logs', log), 'utf8').catch(() => '');
      expect(text).not.toContain(token);
    }
  });

  it('negotiates X25519MLKEM768 with every node', async () => {
    const { items } = await need(listNodes({ client: admin, path }));
    expect(items.map(({ connection }) => [connection?.tlsVersion, connection?.keyExchange])).toEqual(
      items.map(() => ['TLSv1.3', 'X25519MLKEM768']),
    );
  });

  it('owns one state-disk key a node', async () => {
    const { items } = await need(listKeys({ client: admin, path }));
    const disks = items.filter(({ purpose }) => purpose === 'state-disk');
    expect(disks).toHaveLength(3);
    expect(new Set(disks.map(({ owner }) => owner)).size).toBe(3);
  });
});

describe('with curl', () => {
  it('reads nodes with the token', async () => {
    const answer = await curl(up.ready, '/v1/clusters/local/nodes', { token });
    expect([answer.status, answer.type]).toEqual([200, expect.stringContaining('application/json')]);
    expect((answer.json()['items'] as unknown[]).length).toBe(3);
  });

  it.each([
    ['no token', undefined, 'credentials-missing'],
    ['a wrong token', `asterism_${'A'.repeat(43)}`, 'credentials-invalid'],
  ])('S28 is refused with %s', async (_, given, code) => {
    const answer = await curl(up.ready, '/v1/clusters', given === undefined ? {} : { token: given });
    expect([answer.status, answer.type]).toEqual([401, expect.stringContaining('application/problem+json')]);
    expect(answer.json()).toMatchObject({
      code,
      status: 401,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it.each(['/health/live', '/health/ready', '/.well-known/jwks.json', '/openapi/operator.v1.json', '/docs'])(
    'reads %s without a token',
    async (open) => {
      expect((await curl(up.ready, open, { arguments: ['--location'] })).status).toBe(200);
    },
  );

  it('S03 cannot speak to the node listener: it has no attested connection', async () => {
    const attempt = curl(up.ready, '/agent/v1/self', { url: up.ready.nodeUrl, arguments: ['--insecure'] });
    await expect(attempt).rejects.toThrow(/curl ended/);
  });
});

describe('with the SDK', () => {
  it('verifies a node over its own nonce, and the signed result by an independent library', async () => {
    const [node] = (await need(listNodes({ client: admin, path }))).items;
    const nonce = randomBytes(32).toString('base64url');
    const verification = await need(
      createVerification({ client: admin, path: { ...path, node: node?.name ?? '' }, body: { nonce } }),
    );
    expect(verification).toMatchObject({ nonce, nodeId: node?.id });
    const keys = createRemoteJWKSet(new URL(`${up.ready.apiUrl}/.well-known/jwks.json`), {
      [customFetch]: fetch,
    });
    const { payload } = await jwtVerify(verification.result, keys, { algorithms: ['ES256'] });
    const { clusterId } = await need(readCluster({ client: admin, path }));
    expect(verification.clusterId).toBe(clusterId);
    expect(payload).toMatchObject({ eat_nonce: nonce, submods: { [node?.name ?? '']: expect.anything() } });
  });

  it('signs in with a link once', async () => {
    const { code } = await need(createSignInLink({ client: admin }));
    const asCode = await sdkOf(up.ready, code);
    const created = await need(createSession({ client: asCode }));
    const session = await sdkOf(up.ready, created.secret);
    expect((await need(readSession({ client: session }))).principal).toMatch(/^token:/);
    const again = await createSession({ client: asCode });
    expect(again.response?.status).toBe(401);
  });

  it('S28 lets a viewer of this cluster read and not write', async () => {
    const { id } = await need(readCluster({ client: admin, path }));
    const body = { name: 'reader', bindings: [{ role: 'viewer' as const, clusterId: id }], expiresIn: 600 };
    const { secret } = await need(createToken({ client: admin, body }));
    const viewer = await sdkOf(up.ready, secret);
    expect((await need(listNodes({ client: viewer, path }))).items).toHaveLength(3);
    const { document } = await need(
      readPolicy({ client: viewer, path: { ...path, pool: 'workers', version: 1 } }),
    );
    const written = await createPolicy({
      client: viewer,
      path: { ...path, pool: 'workers' },
      body: { document },
    });
    expect([written.response?.status, (written.error as { code?: string }).code]).toEqual([
      403,
      'permission-denied',
    ]);
  });
});

describe('with the CLI', () => {
  it('verifies every node here, and says so by its exit code', async () => {
    const ended = await cli(up.readyFile, 'verify', '--json');
    expect(ended).toMatchObject({ code: 0 });
    const [reports] = documentsOf(ended) as [{ outcome: string; agreesWithServer: boolean }[]];
    expect(reports).toHaveLength(3);
    expect(reports).toEqual(
      reports.map(() => expect.objectContaining({ outcome: 'accepted', agreesWithServer: true })),
    );
    expect(ended.stderr).toMatch(/no --policy FILE/);
  });

  it('refuses by a policy of its own whatever the server says, naming the PCR', async () => {
    const [node] = (await need(listNodes({ client: admin, path, query: { pool: 'workers' } }))).items;
    const { document } = await need(
      readPolicy({ client: admin, path: { ...path, pool: 'workers', version: 1 } }),
    );
    const policy = structuredClone(document);
    if (policy.variant !== 'tpm') throw new Error(policy.variant);
    const pcr = policy.tpm.pcrs['4'];
    if (pcr === undefined) throw new Error('the policy does not compare PCR 4');
    pcr.values = [{ digest: 'ab'.repeat(32), comment: 'another agent' }];
    const file = join(up.data, 'run', 'own-policy.json');
    await writeFile(file, JSON.stringify(policy));
    const ended = await cli(up.readyFile, 'verify', node?.name ?? '', '--policy', file);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/tpm\.pcr\.4/);
    expect(ended.stdout).toMatch(/accepted/);
  });

  it('lists, and checks the audit chain', async () => {
    const nodes = await cli(up.readyFile, 'nodes', 'list', '--json');
    expect(nodes.code).toBe(0);
    expect(nodes.stdout).toContain(up.ready.nodes[0]?.name);
    const audit = await cli(up.readyFile, 'audit', 'verify', '--json');
    expect(audit.code).toBe(0);
    expect(documentsOf(audit)[0]).toMatchObject({ intact: true });
  });

  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown flag', ['nodes', 'list', '--frobnicate']],
    ['no such node', ['nodes', 'get', 'nobody']],
  ])('ends with 2 on %s', async (_, args) => {
    const ended = await cli(up.readyFile, ...args);
    expect(ended.code).toBe(2);
    expect(ended.stderr.trim()).not.toBe('');
  });
});

describe('a node', () => {
  it('shows identity, connection and the disk it owns', async () => {
    const [first] = up.ready.nodes;
    const node = await need(readNode({ client: admin, path: { ...path, node: first?.name ?? '' } }));
    expect(node).toMatchObject({
      role: 'control-plane',
      boots: 1,
      stateDisk: { keyVersion: 1 },
      lastAppraisal: { outcome: 'accepted', status: 'affirming' },
    });
  });
});
