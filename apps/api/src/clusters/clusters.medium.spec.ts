import type { Cluster, Node, Pool } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import {
  serveTestOperators,
  startTestOperatorApi,
  type TestOperatorApi,
  type TestOperators,
} from '../testing/test-operator-api.ts';

describe('clusters and pools', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());

  const create = async (name: string) => {
    const body = { name, kubernetesMode: 'none', description: '' };
    return (await api.ask<Cluster>('POST /v1/clusters', { body })).body;
  };

  it('are read by id and by name, with the ETag that a change needs', async () => {
    const { id } = await create('read-me');
    for (const idOrName of [id, 'read-me']) {
      const { status, headers, body } = await api.ask<Cluster>(`GET /v1/clusters/${idOrName}`);
      expect([status, headers.get('etag'), body.name]).toEqual([200, '"1"', 'read-me']);
    }
  });

  it('have their own measured identity, and never show their root', async () => {
    const [one, two] = [await create('root-one'), await create('root-two')];
    expect(one.clusterId).toMatch(/^[0-9a-f]{64}$/);
    expect(one.clusterId).not.toBe(two.clusterId);
    const [row] = await api.test.sql('select wrapped_root, salt from clusters where id = $1', [one.id]);
    const { text } = await api.ask('GET /v1/clusters/root-one');
    for (const secret of Object.values(row ?? {}) as Buffer[]) {
      expect(text).not.toContain(secret.toString('hex'));
      expect(text).not.toContain(secret.toString('base64url'));
    }
  });

  it('of concurrent changes one wins, and the other is told', async () => {
    await create('contended');
    const change = (description: string) =>
      api.ask<Cluster>('PATCH /v1/clusters/contended', {
        headers: { 'if-match': '"1"' },
        body: { description },
      });
    const answers = await Promise.all([change('a'), change('b'), change('c')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const won = answers.find(({ status }) => status === 200);
    const now = await api.ask<Cluster>('GET /v1/clusters/contended');
    expect(now.headers.get('etag')).toBe('"2"');
    expect(now.body.description).toBe(won?.body.description);
  });

  it.each([
    [undefined, 428, 'precondition-missing'],
    ['*', 400, 'request-invalid'],
    ['1', 400, 'request-invalid'],
    ['W/"1"', 400, 'request-invalid'],
    ['"1", "2"', 400, 'request-invalid'],
    ['"99"', 412, 'precondition-failed'],
  ])('refuse If-Match %s', async (header, status, code) => {
    const answer = await api.ask('PATCH /v1/clusters/production', {
      headers: header === undefined ? {} : { 'if-match': header },
      body: { description: 'x' },
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('page by a cursor, without a gap and without a repeat while more come', async () => {
    for (let n = 0; n < 7; n++) await create(`page-${n}`);
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null; page++) {
      const query: string = cursor === '' ? 'limit=3' : `limit=3&cursor=${cursor}`;
      const { body } = await api.ask<Page<Cluster>>(`GET /v1/clusters?${query}`);
      expect(body.items.length).toBeLessThanOrEqual(3);
      seen.push(...body.items.map(({ name }) => name));
      ({ nextCursor: cursor } = body);
      if (page === 0) await create('page-late');
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(['production', 'page-0', 'page-6', 'page-late']));
  });

  it('refuse a cursor that is none, and one of another list', async () => {
    const { body } = await api.ask<Page<Cluster>>('GET /v1/clusters?limit=1');
    const routes = [
      'GET /v1/clusters?cursor=x',
      'GET /v1/clusters?cursor=%00',
      `GET /v1/tokens?cursor=${body.nextCursor}`,
      `GET /v1/audit?cursor=${body.nextCursor}`,
      `GET /v1/clusters/production/nodes?cursor=${body.nextCursor}`,
    ];
    for (const route of routes)
      expect([route, (await api.ask(route)).body.code]).toEqual([route, 'cursor-invalid']);
  });

  it('are deleted with the name typed again, and with everything in them', async () => {
    const { id } = await create('short-lived');
    const pool = { name: 'workers', role: 'worker', variant: 'tpm', description: '' };
    await api.ask<Pool>('POST /v1/clusters/short-lived/pools', { body: pool });
    const remove = (confirm: string) => api.ask('DELETE /v1/clusters/short-lived', { body: { confirm } });
    expect((await remove('production')).body.code).toBe('confirmation-mismatch');
    expect((await remove(id)).status).toBe(400);
    expect((await remove('short-lived')).status).toBe(204);
    expect((await api.ask('GET /v1/clusters/short-lived')).body.code).toBe('cluster-unknown');
    expect(await api.test.sql('select 1 from pools where cluster_id = $1', [id])).toEqual([]);
    const records = await api.test.sql('select action from audit where cluster_id = $1 order by sequence', [
      id,
    ]);
    expect(records.map(({ action }) => action)).toEqual([
      'cluster.created',
      'pool.created',
      'cluster.deleted',
    ]);
  });

  it('refuse a pool of a variant that nobody knows', async () => {
    const body = { name: 'cca', role: 'worker', variant: 'arm-cca', description: '' };
    const { status, body: problem } = await api.ask('POST /v1/clusters/production/pools', { body });
    expect([status, problem.code]).toEqual([400, 'variant-unsupported']);
    expect(problem.errors?.map(({ path }) => path)).toEqual(['body.variant']);
  });
});

describe('S33 a cluster that the caller may not see', () => {
  let api: TestOperatorApi;
  let tenant: string;
  beforeAll(async () => {
    api = await startTestOperatorApi();
    tenant = (await api.token([{ role: 'admin', clusterId: api.clusters.production.cluster.id }])).secret;
  });
  afterAll(() => api.stop());

  it('answers exactly as one that does not exist', async () => {
    const { id } = api.clusters.staging.cluster;
    const strip = (text: string) => text.replaceAll(/"traceId":"\w+"/g, '');
    for (const rest of ['', '/pools', '/nodes/x', '/events', '/keys', '/enrolments']) {
      const absent = await api.ask(`GET /v1/clusters/absent${rest}`, { token: tenant });
      for (const idOrName of ['staging', id]) {
        const hidden = await api.ask(`GET /v1/clusters/${idOrName}${rest}`, { token: tenant });
        expect([hidden.status, strip(hidden.text)]).toEqual([404, strip(absent.text)]);
        expect(hidden.text).not.toContain('staging');
      }
    }
  });

  it('is in no list, and its pool in no other cluster', async () => {
    const { body } = await api.ask<Page<Cluster>>('GET /v1/clusters', { token: tenant });
    expect(body.items.map(({ name }) => name)).toEqual(['production']);
    const pool = api.clusters.staging.pools.worker.id;
    const answer = await api.ask(`GET /v1/clusters/production/pools/${pool}`, { token: tenant });
    expect(answer.body.code).toBe('pool-unknown');
  });

  it('gives nothing of its name away where one is taken', async () => {
    const body = { name: 'staging', kubernetesMode: 'none', description: '' };
    const { body: problem } = await api.ask('POST /v1/clusters', { token: tenant, body });
    expect(problem.code).toBe('permission-denied');
  });

  it('a fault of ours says nothing but where to look it up', async () => {
    await api.test.sql('alter table pools rename to pools_gone');
    try {
      const { status, body, text } = await api.ask('GET /v1/clusters/production/pools');
      expect([status, body.code]).toEqual([500, 'internal']);
      expect(text).not.toMatch(/pools_gone|relation|select|kysely|\.ts|\.js/i);
      const line = api.logged.find(
        (logged) => logged.includes(body.traceId) && logged.includes('"level":"error"'),
      );
      expect(line).toContain('relation');
    } finally {
      await api.test.sql('alter table pools_gone rename to pools');
    }
  });
});

describe('S24 revoking a node', () => {
  let api: TestNodeApi;
  let operators: TestOperators;
  beforeAll(async () => {
    api = await startTestNodeApi({ timings: { lostAfter: 600_000 } });
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    await api.initialise();
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  const NODES = '/v1/clusters/production/nodes';
  const read = async (id: string) => (await operators.ask<Node>(`GET ${NODES}/${id}`)).body;

  it('ends its rights with the commit, closes its stream, and is for good', async () => {
    const peer = await api.peer(api.machine());
    const { node } = await join(peer);
    const stream = await peer.follow();
    expect((await stream.next())?.type).toBe('ready');
    const { name } = await read(node.id);
    const revoke = (confirm: string) =>
      operators.ask<Node>(`POST ${NODES}/${node.id}/revoke`, { body: { reason: 'sold', confirm } });
    expect((await revoke('another')).status).toBe(400);
    expect((await read(node.id)).state).not.toBe('revoked');

    const revoked = await revoke(name);
    expect([revoked.status, revoked.body.state]).toEqual([200, 'revoked']);
    expect((await peer.self().catch(() => undefined))?.body.code ?? 'node-revoked').toBe('node-revoked');
    let event = await stream.next();
    while (event !== undefined) event = await stream.next();
    const again = await (await api.peer(peer.machine)).attest();
    expect(again.body.code).toBe('node-revoked');
    expect((await revoke(name)).status).toBe(409);
    for (const action of ['quarantine', 'release']) {
      const { status } = await operators.ask(`POST ${NODES}/${node.id}/${action}`, { body: { reason: 'x' } });
      expect(status).toBe(409);
    }
  });

  it('quarantine stops it until it has proved itself again after release', async () => {
    const peer = await api.peer(api.machine());
    const { node } = await join(peer);
    const move = (action: string) =>
      operators.ask<Node>(`POST ${NODES}/${node.id}/${action}`, { body: { reason: 'looked odd' } });
    expect((await move('release')).status).toBe(409);
    expect((await move('quarantine')).body).toMatchObject({
      state: 'quarantined',
      stateReason: 'looked odd',
    });
    expect((await peer.self()).body.code).toBe('node-quarantined');
    expect((await move('quarantine')).status).toBe(409);
    expect((await move('release')).body.state).toBe('attesting');
  });

  it('a cluster with nodes is not deleted, nor a pool', async () => {
    const removal = await operators.ask('DELETE /v1/clusters/production', {
      body: { confirm: 'production' },
    });
    expect([removal.status, removal.body.code]).toEqual([409, 'cluster-not-empty']);
    const pool = await operators.ask('DELETE /v1/clusters/production/pools/workers');
    expect([pool.status, pool.body.code]).toEqual([409, 'pool-not-empty']);
  });
});
