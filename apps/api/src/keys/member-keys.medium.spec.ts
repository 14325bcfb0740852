import { deriveClusterKey } from '@asterism/keys';
import { inTransaction, keys, nodes } from '@asterism/persistence';
import type { KeyMetadata, Problem } from '@asterism/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';

const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const kek = createMemoryKek();
const kinds = [
  ['managed', undefined],
  ['external', { mode: 'external', scheme: 'asterism', provider: 'here' }],
] as const;

describe.each(kinds)('keys of members, %s mode', (mode, clusterKeys) => {
  let api: TestNodeApi;
  let operators: TestOperators;
  let first: RawPeer;
  let worker: RawPeer;
  let other: RawPeer;
  const clusterId = () => api.seeded.cluster.id;
  const sql = (text: string, values: unknown[] = []) => api.test.sql(text, values);
  const ask = <Body = KeyMetadata & Problem>(route: string, body?: unknown) =>
    operators.ask<Body>(
      route.replace('~', '/v1/clusters/production/keys'),
      body === undefined ? {} : { body },
    );
  const declare = (id: string, owner: unknown, purpose = 'volume') => ask('POST ~', { purpose, id, owner });

  beforeAll(async () => {
    api = await startTestNodeApi({
      platform: { kek: { providers: new Map([['here', kek.provider]]) } },
      ...(clusterKeys && { keys: clusterKeys }),
    });
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    first = await api.initialise();
    [worker, other] = [await api.peer(api.machine()), await api.peer(api.machine())];
    for (const peer of [worker, other]) await join(peer);
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  it('S18 another node’s key is refused and audited, and asking again and again does not fill the trail', async () => {
    const node = (await worker.self()).body.id;
    expect((await declare('mine', { kind: 'node', node })).status).toBe(201);
    expect((await worker.key('mine')).status).toBe(200);
    for (let n = 0; n < 30; n++) {
      expect(await other.key('mine')).toMatchObject(refusedAs('key-not-owned', 403));
    }
    const records = await sql(`select actor, target, details from audit where action = 'key.refused'`);
    expect(records[0]).toEqual({
      actor: `node:${(await other.self()).body.id}`,
      target: 'key:volume/mine/1',
      details: { code: 'key-not-owned', owner: `node:${node}` },
    });
    expect(records.length).toBe(20);
    expect(await sql(`select use_count from keys where id = 'mine'`)).toEqual([{ use_count: 1 }]);
  });

  it('S17 whose a new key is follows from the pool of the node; what it says beyond its request is refused', async () => {
    for (const more of [
      { owner: 'cluster' },
      { pool: 'control-plane' },
      { cluster: 'staging' },
      { length: 64 },
    ]) {
      const body = { purpose: 'volume', id: 'asked-for', ...more };
      expect(await worker.request('POST', '/agent/v1/keys', body)).toMatchObject(
        refusedAs('request-invalid', 400),
      );
    }
    const [mine, others] = [await worker.key('of-the-pool'), await other.key('of-the-pool')];
    expect(mine.body).toMatchObject({ version: 1, current: true, key: others.body.key });
    expect(await first.key('of-the-pool')).toMatchObject(refusedAs('key-not-owned', 403));
    const pool = api.seeded.pools.worker.id;
    const rows = await sql(`select owner, use_count from keys where id = 'of-the-pool'`);
    expect(rows).toEqual([{ owner: `pool:${pool}`, use_count: 2 }]);
    expect(
      await sql(
        `select actor from audit where target = 'key:volume/of-the-pool/1' and action = 'key.created'`,
      ),
    ).toEqual([{ actor: `node:${(await worker.self()).body.id}` }]);
  });

  it('S19 the key of a state disk, a CA or the measurement never comes this way, whatever the name', async () => {
    const { stateDisk } = await join(await api.peer(api.machine()), 'a-disk');
    for (const purpose of ['state-disk', 'measurement', 'ssh-user-ca', 'cluster-ca', 'result-signing', '']) {
      expect(await worker.key('a-disk', { purpose })).toMatchObject(refusedAs('request-invalid', 400));
    }
    for (const id of ['', '../state-disk/a-disk', 'a/b', 'é', 'x'.repeat(129), '-a']) {
      expect(await worker.key(id)).toMatchObject(refusedAs('request-invalid', 400));
    }
    const [volume, store] = [
      await worker.key('a-disk'),
      await worker.key('a-disk', { purpose: 'object-store' }),
    ];
    expect(new Set([volume.body.key, store.body.key, stateDisk.key]).size).toBe(3);
    if (mode === 'external') return;
    const { keys: root } = await api.platform.clusterRoots.open(clusterId());
    const key = deriveClusterKey(root, { purpose: 'volume', id: 'a-disk', version: 1 }, 32);
    expect(volume.body.key).toBe(Buffer.from(key).toString('base64url'));
  });

  it('S20 an unlocked machine, one that is no member yet and one that was released get none', async () => {
    const peer = await api.peer(api.machine());
    expect(await peer.key('any')).toMatchObject(refusedAs('attestation-required', 401));
    await peer.attest();
    expect(await peer.key('any')).toMatchObject(refusedAs('attestation-required', 401));
    const enrolment = await peer.enrol();
    expect(enrolment.status).toBe(200);
    expect(await peer.key('any')).toMatchObject(refusedAs('node-not-locked', 409));
    await peer.machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    await peer.reportLock();
    expect(await peer.key('any')).toMatchObject(refusedAs('node-state-conflict', 409));
    await peer.report('disk-open');
    expect(await peer.key('any')).toMatchObject(refusedAs('node-state-conflict', 409));
    await peer.report('member');
    expect((await peer.key('any')).status).toBe(200);
    const { id } = (await peer.self()).body;
    const route = `POST /v1/clusters/production/nodes/${id}`;
    await operators.ask(`${route}/quarantine`, { body: { reason: 'test' } });
    expect(await peer.key('any')).toMatchObject(refusedAs('node-quarantined', 403));
    await operators.ask(`${route}/release`, { body: { reason: 'test' } });
    expect(await peer.key('any')).toMatchObject(refusedAs('node-state-conflict', 409));
    await inTransaction(api.database, (tx) =>
      nodes.changeState(tx, clusterId(), id, { to: 'revoked', reason: 'test' }),
    );
    expect(await peer.key('any')).toMatchObject(refusedAs('node-revoked', 403));
  });

  it('S20 nor does one whose policy has changed until it has proved itself under the new one', async () => {
    const peer = await api.peer(api.machine('control-plane'));
    await join(peer);
    expect((await peer.key('guarded')).status).toBe(200);
    await api.activate('control-plane', { reattestationInterval: 61 });
    expect(await peer.key('guarded')).toMatchObject(refusedAs('attestation-expired', 401));
    await peer.attest();
    expect((await peer.key('guarded')).status).toBe(200);
    await first.attest();
  });

  it('gives older versions to decrypt with, and a destroyed one to nobody, ever', async () => {
    const before = (await worker.key('versions')).body;
    expect((await ask('POST ~/volume/versions/rotate')).body).toMatchObject({ version: 2, state: 'active' });
    const after = (await worker.key('versions')).body;
    expect(after).toMatchObject({ version: 2, current: true });
    expect(after.key).not.toBe(before.key);
    const old = await worker.key('versions', { version: 1 });
    expect(old.body).toMatchObject({ key: before.key, current: false });
    expect(await worker.key('versions', { version: 3 })).toMatchObject(refusedAs('key-unknown', 404));

    const destroy = (version: number, confirm: string) =>
      ask(`POST ~/volume/versions/versions/${version}/destroy`, { confirm, reason: 'gone' });
    expect(await destroy(1, 'version')).toMatchObject(refusedAs('confirmation-mismatch', 400));
    expect((await destroy(1, 'versions')).body).toMatchObject({ state: 'destroyed' });
    expect(await worker.key('versions', { version: 1 })).toMatchObject(refusedAs('key-destroyed', 410));
    expect(await destroy(1, 'versions')).toMatchObject(refusedAs('key-state-conflict', 409));
    expect((await worker.key('versions')).body).toMatchObject({ version: 2 });
    await destroy(2, 'versions');
    expect(await worker.key('versions')).toMatchObject(refusedAs('key-destroyed', 410));
    expect(await sql(`select version from data_keys where id = 'versions'`)).toEqual([]);
    // Others are not told that it was.
    expect(await first.key('versions')).toMatchObject(refusedAs('key-not-owned', 403));
    expect((await ask('POST ~/volume/versions/rotate')).body).toMatchObject({ version: 3 });
    expect([before.key, after.key]).not.toContain((await worker.key('versions')).body.key);
  });

  it('S34 of replicas that make a key at once one does, and all give the same', async () => {
    const { node: elsewhere } = await api.replica();
    const machine = await api.peer(other.machine, elsewhere.url);
    await machine.attest();
    const asked = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? worker : machine).key('raced'));
    const given = await Promise.all(asked);
    expect(new Set(given.map(({ status, body }) => `${status} ${body.key}`)).size).toBe(1);
    const [row] = await sql(
      `select count(*)::int as rows, sum(use_count)::int as uses from keys where id = 'raced'`,
    );
    expect(row).toEqual({ rows: 1, uses: 12 });
    expect(
      await sql(
        `select count(*)::int as made from audit where target = 'key:volume/raced/1' and action = 'key.created'`,
      ),
    ).toEqual([{ made: 1 }]);
    await eventually(async () => expect((await machine.key('raced')).body.key).toBe(given[0]?.body.key));
  });

  it('lets one node make no more than its share of keys', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    const statuses: number[] = [];
    for (let n = 0; n < 110; n++) statuses.push((await peer.key(`flood-${n}`)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    const refused = await peer.key('flood-more');
    expect(refused).toMatchObject(refusedAs('rate-limited', 429));
    expect(refused.headers['retry-after']).toBe('600');
    expect((await peer.key('flood-1')).status).toBe(200);
  });

  it('S29 no key is in the log, the audit trail, the events, the database or what operators read', async () => {
    const secrets = [(await worker.key('of-the-pool')).body.key, (await worker.key('mine')).body.key];
    const rows = await Promise.all(
      ['keys', 'data_keys', 'audit', 'events', 'boots'].map((table) => sql(`select t::text from ${table} t`)),
    );
    const listed = (await operators.ask('GET /v1/clusters/production/keys?limit=200')).text;
    const written = [...api.logged, JSON.stringify(rows), listed].join('\n');
    for (const secret of secrets) {
      const bytes = Buffer.from(secret, 'base64url');
      for (const form of [secret, bytes.toString('hex'), bytes.toString('base64')])
        expect(written).not.toContain(form);
    }
    expect(
      (await keys.versions(api.database.queries, clusterId(), { purpose: 'volume', id: 'mine' }))[0]
        ?.provider,
    ).toBe(mode === 'external' ? 'here' : null);
  });
});
