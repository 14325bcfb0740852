import { createDataKey, dataKeyContext, type KekProvider } from '@asterism/keys';
import type { Rewrap, Problem } from '@asterism/contracts';
import { inTransaction, keys, dataKeys, verifyAuditChain } from '@asterism/persistence';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { toMortal } from '../testing/mortal-database.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';
import { RewrapWorker, type RewrapPace } from './rewrap-worker.ts';

const KEYS = 50;
const before = createMemoryKek();
const after = createMemoryKek('awskms');
const providers = new Map<string, KekProvider>([
  ['before', before.provider],
  ['after', after.provider],
]);
let api: TestOperatorApi;
let clusterId: string;
let cluster: string;
/** What each key is, by its name. */
let plain = new Map<string, string>();

const nothing = new AbortController().signal;
const workerOn = (database = api.database, pace: Partial<RewrapPace> = {}) => {
  const { metrics, logger } = api.platform;
  const stopping = nothing;
  return new RewrapWorker({
    database,
    providers,
    metrics,
    logger,
    stopping,
    pace: { batch: 8, pause: 1, ...pace },
  });
};
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const start = (provider = 'after') =>
  api.ask<Rewrap & Problem>(`POST /v1/clusters/${cluster}/rewraps`, { body: { provider } });
const read = async (id: string) => (await api.ask<Rewrap>(`GET /v1/clusters/${cluster}/rewraps/${id}`)).body;
const stored = () =>
  api.test.sql(
    'select purpose, id, version, provider, kek_version, wrapped from data_keys where cluster_id = $1 order by purpose, id, version',
    [clusterId],
  );
const nameOf = (row: Record<string, unknown>) =>
  `${String(row['purpose'])}/${String(row['id'])}/${String(row['version'])}`;

/** Every key opens under the provider of its row, to what it was. */
async function requireAllOpen(): Promise<string[]> {
  const rows = await stored();
  const opened = new Map<string, string>();
  for (const row of rows) {
    const name = {
      purpose: row['purpose'] as 'volume',
      id: String(row['id']),
      version: Number(row['version']),
    };
    const provider = providers.get(String(row['provider']));
    const wrapped = { kekVersion: String(row['kek_version']), ciphertext: row['wrapped'] as Uint8Array };
    const key = await provider?.unwrap(wrapped, dataKeyContext(clusterId, name));
    opened.set(nameOf(row), Buffer.from(key ?? []).toString('hex'));
  }
  expect(opened).toEqual(plain);
  return rows.map((row) => String(row['provider']));
}

async function addKey(id: string, provider = 'before'): Promise<void> {
  const name = { purpose: 'volume', id, version: 1 } as const;
  const key = createDataKey((length) => randomBytes(length));
  const wrapped = await providers.get(provider)?.wrap(key, dataKeyContext(clusterId, name));
  if (wrapped === undefined) throw new Error('no provider');
  const { kekVersion, ciphertext } = wrapped;
  await inTransaction(api.database, async (tx) => {
    await keys.add(tx, clusterId, { ...name, owner: 'cluster' });
    await dataKeys.add(tx, clusterId, name, { provider, kekVersion, wrapped: ciphertext });
  });
  plain.set(`volume/${id}/1`, Buffer.from(key).toString('hex'));
}

beforeAll(async () => {
  api = await startTestOperatorApi({ platform: { kek: { providers } } });
});
afterAll(() => api.stop());

let clusters = 0;
beforeEach(async () => {
  for (const kek of [before, after]) {
    kek.fault = undefined;
    kek.pause = undefined;
    kek.calls.wrap = 0;
    kek.calls.unwrap = 0;
  }
  await api.test.sql(`update rewraps set state = 'cancelled'`);
  cluster = `external-${++clusters}`;
  const body = { name: cluster, keys: { mode: 'external', provider: 'before' } };
  clusterId = (await api.ask<{ id: string }>('POST /v1/clusters', { body })).body.id;
  plain = new Map();
  for (let n = 0; n < KEYS; n++) await addKey(`volume-${n}`);
});

describe('a rewrap', () => {
  it('is refused for a managed cluster, an unknown provider, and while there is one', async () => {
    const managed = await api.ask('POST /v1/clusters/production/rewraps', { body: { provider: 'after' } });
    expect(managed).toMatchObject(refusedAs('key-mode-conflict', 409));
    expect(await start('absent')).toMatchObject(refusedAs('kek-provider-unknown', 404));
    expect((await start()).status).toBe(201);
    expect(await start()).toMatchObject(refusedAs('rewrap-running', 409));
    const elsewhere = await api.ask(
      'GET /v1/clusters/production/rewraps/0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
    );
    expect(elsewhere).toMatchObject(refusedAs('rewrap-unknown', 404));
  });

  it('wraps every key anew, and the cluster’s provider is then the new one', async () => {
    const { body } = await start();
    expect(body).toMatchObject({ state: 'running', total: KEYS, done: 0, provider: 'after' });
    await workerOn().look();
    expect(await read(body.id)).toMatchObject({ state: 'done', total: KEYS, done: KEYS, reason: null });
    expect(new Set(await requireAllOpen())).toEqual(new Set(['after']));
    expect([before.calls.unwrap, after.calls.wrap]).toEqual([KEYS, KEYS]);
    const { body: now } = await api.ask<{ keys: unknown }>(`GET /v1/clusters/${cluster}`);
    expect(now.keys).toEqual({ mode: 'external', scheme: 'asterism', provider: 'after' });
    const records = await api.test.sql(
      'select action, details from audit where target = $1 order by sequence',
      [`rewrap:${body.id}`],
    );
    expect(records.map(({ action }) => action)).toEqual(['rewrap.started', 'rewrap.done']);
  });

  it('under the newest version of the same KEK wraps what an older one wrapped, once', async () => {
    const version = before.rotate();
    const { body } = await start('before');
    await workerOn().look();
    expect(await read(body.id)).toMatchObject({ state: 'done', done: KEYS });
    expect(new Set((await stored()).map((row) => row['kek_version']))).toEqual(new Set([version]));
    await requireAllOpen();
    expect(before.calls.wrap).toBe(2 * KEYS);
  });

  it('waits while a provider is away, says why, loses nothing, and goes on by itself', async () => {
    const { body } = await start();
    after.fault = 'kek-unreachable';
    const worker = workerOn();
    await worker.look();
    expect(await read(body.id)).toMatchObject({ state: 'waiting', reason: 'kek-unreachable', done: 0 });
    expect(new Set(await requireAllOpen())).toEqual(new Set(['before']));
    after.fault = undefined;
    await eventually(async () => {
      await worker.look();
      expect((await read(body.id)).state).toBe('done');
    });
    expect(await read(body.id)).toMatchObject({ state: 'done', reason: null, done: KEYS });
    await requireAllOpen();
    const told = await api.test.sql(
      `select data from events where type = 'rewrap.progress' and data ->> 'rewrapId' = $1`,
      [body.id],
    );
    expect(told.map(({ data }) => (data as Rewrap).state)).toEqual(
      expect.arrayContaining(['running', 'waiting', 'done']),
    );
    expect(told.length).toBeLessThan(8);
  });

  it('S25 a key that does not open stops it where it is, and is not passed over', async () => {
    await api.test.sql(
      `update data_keys set wrapped = wrapped || '\\x00'::bytea where id = 'volume-30' and cluster_id = $1`,
      [clusterId],
    );
    const { body } = await start();
    await workerOn().look();
    expect(await read(body.id)).toMatchObject({ state: 'waiting', reason: 'kek-ciphertext-wrong' });
    const { body: now } = await api.ask<{ keys: unknown }>(`GET /v1/clusters/${cluster}`);
    expect(now.keys).toMatchObject({ provider: 'before' });
  });

  it('puts what is made meanwhile under the new provider, and what was on its way under the old one too', async () => {
    const { body } = await start();
    const declare = (id: string) =>
      api.ask(`POST /v1/clusters/${cluster}/keys`, {
        body: { purpose: 'volume', id, owner: { kind: 'cluster' } },
      });
    expect((await declare('made-meanwhile')).status).toBe(201);
    const [row] = await api.test.sql(
      `select provider from data_keys where id = 'made-meanwhile' and cluster_id = $1`,
      [clusterId],
    );
    expect(row).toEqual({ provider: 'after' });
    await api.test.sql(`delete from keys where id = 'made-meanwhile' and cluster_id = $1`, [clusterId]);
    const worker = workerOn(api.database, { batch: KEYS });
    await addKey('a-late-one');
    await worker.look();
    expect(await read(body.id)).toMatchObject({ state: 'done' });
    expect(new Set(await requireAllOpen())).toEqual(new Set(['after']));
  });

  it('S34 a key that was wrapped for the old provider when it began is wrapped for the new one', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    before.pause = promise;
    const body = { purpose: 'object-store', id: 'on-its-way', owner: { kind: 'cluster' } };
    const declaring = api.ask(`POST /v1/clusters/${cluster}/keys`, { body });
    await eventually(() => expect(before.calls.wrap).toBe(KEYS + 1));
    expect((await start()).status).toBe(201);
    before.pause = undefined;
    resolve();
    expect((await declaring).status).toBe(201);
    const [row] = await api.test.sql(`select provider from data_keys where id = 'on-its-way'`);
    expect(row).toEqual({ provider: 'after' });
  });

  it('does not bring back a key that was destroyed while it was at the provider', async () => {
    await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    after.pause = promise;
    const looking = workerOn().look();
    const body = { confirm: 'volume-1', reason: 'gone' };
    const route = `POST /v1/clusters/${cluster}/keys/volume/volume-1/versions/1/destroy`;
    expect((await api.ask(route, { body })).status).toBe(200);
    resolve();
    await looking;
    plain.delete('volume/volume-1/1');
    expect(new Set(await requireAllOpen())).toEqual(new Set(['after']));
  });

  it('takes the place of nothing that has changed since it was read', async () => {
    const selection = { provider: 'after', before: new Date(), after: null };
    const [key] = await dataKeys.listOutdated(api.database.queries, clusterId, selection, 1);
    if (key === undefined) throw new Error('there are no keys');
    const read = { ...key, wrapped: key.wrapped.subarray(1) };
    const after = { provider: 'after', kekVersion: 'v1', wrapped: new Uint8Array(60) };
    await inTransaction(api.database, (tx) =>
      dataKeys.replace(tx, clusterId, [{ before: read, after }], tx.now),
    );
    expect(new Set(await requireAllOpen())).toEqual(new Set(['before']));
  });

  it('ends where it is when it is cancelled, with every key open and new ones under the old provider', async () => {
    const { body } = await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    const looking = workerOn().look();
    after.pause = promise;
    const cancelled = await api.ask<Rewrap>(`POST /v1/clusters/${cluster}/rewraps/${body.id}/cancel`);
    expect(cancelled.body).toMatchObject({ state: 'cancelled' });
    resolve();
    await looking;
    expect((await read(body.id)).state).toBe('cancelled');
    expect(new Set(await requireAllOpen())).toContain('before');
    const again = await api.ask(`POST /v1/clusters/${cluster}/rewraps/${body.id}/cancel`);
    expect(again).toMatchObject(refusedAs('key-state-conflict', 409));
    expect((await start()).status).toBe(201);
  });

  it('S34 is done by one replica at a time, and taken over from one that is gone', async () => {
    const { body } = await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    after.pause = promise;
    const slow = workerOn(api.database, { lease: 0 });
    const looking = slow.look();
    await new Promise((done) => setTimeout(done, 100));
    after.pause = undefined;
    await workerOn(await api.test.connectReplica()).look();
    resolve();
    await looking;
    expect(await read(body.id)).toMatchObject({ state: 'done', done: KEYS });
    expect(new Set(await requireAllOpen())).toEqual(new Set(['after']));
  });

  it('S34 killed at any statement: goes on where it was, and every key opens to what it was', async () => {
    let died = 0;
    for (let statements = 1; ; statements += 3) {
      await api.test.sql(`update rewraps set state = 'cancelled'`);
      await api.test.sql(`update clusters set kek_provider = 'before' where id = $1`, [clusterId]);
      await restore();
      const { body } = await start();
      const database = await api.test.connectReplica({ maximumConnections: 2 });
      const mortal = toMortal(database);
      mortal.dieAfter(statements);
      await workerOn(mortal.database, { batch: 20, lease: 0 })
        .look()
        .catch(() => undefined);
      await database.close();
      if (!mortal.isDead) break;
      died++;
      await requireAllOpen();
      await workerOn().look();
      expect(await read(body.id)).toMatchObject({ state: 'done', done: KEYS });
      expect(new Set(await requireAllOpen())).toEqual(new Set(['after']));
    }
    expect(died).toBeGreaterThan(3);
    expect(await verifyAuditChain(api.database.queries)).toMatchObject({ intact: true });
  }, 60_000);
});

/** Every key under the old provider again. */
async function restore(): Promise<void> {
  await api.test.sql('delete from keys where cluster_id = $1', [clusterId]);
  plain = new Map();
  for (let n = 0; n < KEYS; n++) await addKey(`volume-${n}`);
}
