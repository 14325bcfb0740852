import type { Cluster } from '@asterism/contracts';
import { idempotencyKeys } from '@asterism/persistence';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

const CREATE = 'POST /v1/clusters';

describe('Idempotency-Key', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());

  const body = (name: string) => ({ name, kubernetesMode: 'none', description: '' });
  const withKey = (key: string) => ({ 'idempotency-key': key });
  const clustersNamed = (name: string) => api.test.sql('select id from clusters where name = $1', [name]);
  const recordsOf = (action: string) => api.test.sql('select 1 from audit where action = $1', [action]);

  it('gives a repeat the first answer, and makes nothing twice', async () => {
    const ask = () => api.ask<Cluster>(CREATE, { headers: withKey('repeat'), body: body('repeated') });
    const [first, second] = [await ask(), await ask()];
    expect(first.status).toBe(201);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(await clustersNamed('repeated')).toHaveLength(1);
  });

  it('without a key makes it twice, or says that it is there', async () => {
    await api.ask(CREATE, { body: body('plain') });
    expect((await api.ask(CREATE, { body: body('plain') })).body.code).toBe('cluster-exists');
  });

  it('of many at once, on two replicas, lets one do the work and all have its answer', async () => {
    const replica = await api.replica();
    const before = (await recordsOf('cluster.created')).length;
    const ask = (on: Pick<TestOperatorApi, 'ask'>) =>
      on.ask<Cluster>(CREATE, { token: api.admin.secret, headers: withKey('race'), body: body('raced') });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => ask(n % 2 === 0 ? api : replica)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect((await recordsOf('cluster.created')).length).toBe(before + 1);
  });

  it('with another body or another path is refused', async () => {
    const pool = (name: string) => ({ name, role: 'worker', variant: 'tpm', description: '' });
    const create = (cluster: string, name: string) =>
      api.ask(`POST /v1/clusters/${cluster}/pools`, { headers: withKey('mine'), body: pool(name) });
    expect((await create('production', 'first-use')).status).toBe(201);
    for (const [cluster, name] of [
      ['production', 'second-use'],
      ['staging', 'first-use'],
    ] as const) {
      const { status, body: problem } = await create(cluster, name);
      expect([status, problem.code]).toEqual([422, 'idempotency-key-reused']);
    }
  });

  it('is each principal’s own', async () => {
    const other = await api.token([{ role: 'admin', clusterId: null }]);
    await api.ask(CREATE, { headers: withKey('shared'), body: body('of-admin') });
    const { status } = await api.ask(CREATE, {
      token: other.secret,
      headers: withKey('shared'),
      body: body('of-other'),
    });
    expect(status).toBe(201);
  });

  it('of work that failed can be used again', async () => {
    const taken = await api.ask(CREATE, { headers: withKey('again'), body: body('production') });
    expect(taken.body.code).toBe('cluster-exists');
    const { status } = await api.ask(CREATE, { headers: withKey('again'), body: body('not-taken') });
    expect(status).toBe(201);
  });

  it('S29 stores no secret: a repeat of a creation whose answer held one is refused', async () => {
    const token = { name: 'once', expiresIn: 60, bindings: [{ role: 'viewer', clusterId: null }] };
    const ask = () =>
      api.ask<{ secret: string }>('POST /v1/tokens', { headers: withKey('token'), body: token });
    const { secret } = (await ask()).body;
    const repeat = await ask();
    expect([repeat.status, (repeat.body as unknown as { code: string }).code]).toEqual([
      422,
      'idempotency-key-reused',
    ]);
    const stored = await api.test.sql('select response::text from idempotency_keys where key = $1', [
      'token',
    ]);
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(await api.test.sql(`select 1 from tokens where name = 'once'`)).toHaveLength(1);
  });

  it.each([['a space'], ['ü'.normalize()], ['x'.repeat(129)], ['']])('refuses the key %j', async (key) => {
    const answer = await api
      .ask(CREATE, { headers: withKey(key), body: body('odd-key') })
      .catch((error: unknown) => error as Error);
    if (answer instanceof Error) return expect(answer.message).toMatch(/header|ByteString/i);
    expect(answer.body.code).toBe('idempotency-key-invalid');
    expect(await clustersNamed('odd-key')).toEqual([]);
  });

  it('S34 of a holder that died is taken over, and one that comes back late does nothing', async () => {
    const actor = `token:${api.admin.id}`;
    const key = randomUUID();
    const { queries } = api.database;
    const { hash } = await claimOf(key);
    const dead = new Date(Date.now() - 60_000);
    await queries.deleteFrom('idempotencyKeys').where('key', '=', key).execute();
    await idempotencyKeys.claim(queries, actor, key, { hash, now: dead, staleBefore: dead });
    const answer = await api.ask<Cluster>(CREATE, {
      headers: withKey(key),
      body: body(`late-${key.slice(0, 8)}`),
    });
    expect(answer.status).toBe(201);
    await expect(
      idempotencyKeys.complete(queries, actor, key, { claimedAt: dead, status: 201, response: null }),
    ).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  });

  /** What the interceptor hashes of a request, learnt from one that was refused. */
  async function claimOf(key: string): Promise<{ readonly hash: Uint8Array }> {
    await api.ask(CREATE, { headers: withKey(key), body: body(`late-${key.slice(0, 8)}`) });
    const [row] = await api.test.sql('select request_hash from idempotency_keys where key = $1', [key]);
    await api.test.sql('delete from clusters where name = $1', [`late-${key.slice(0, 8)}`]);
    return { hash: row?.['request_hash'] as Uint8Array };
  }
});
