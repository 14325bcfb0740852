import type { Cluster, MirrorRestore, Problem } from '@asterism/contracts';
import { mirroredKeys } from '@asterism/persistence';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { createMemoryMirror } from '../testing/memory-mirror.ts';
import { toMortal } from '../testing/mortal-database.ts';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { MirrorWorker } from './mirror-worker.ts';
import { encodeMirroredKey, mirrorName } from './mirrored-key.ts';

const kek = createMemoryKek();
const [one, two] = [createMemoryMirror(), createMemoryMirror()];
const mirrors = new Map([
  ['one', one.mirror],
  ['two', two.mirror],
]);
let api: TestNodeApi;
let operators: TestOperators;
const clusterId = () => api.seeded.cluster.id;
const sql = (text: string, values: unknown[] = []) => api.test.sql(text, values);
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});

beforeAll(async () => {
  api = await startTestNodeApi({
    machines: 12,
    platform: { kek: { providers: new Map([['here', kek.provider]]), mirrors } },
    keys: { mode: 'external', scheme: 'asterism', provider: 'here' },
  });
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});
beforeEach(async () => {
  await sql('delete from leases');
  for (const memory of [one, two]) Object.assign(memory, { fault: undefined, pause: undefined, calls: 0 });
});

const workerOf = (name: string, database = api.database) => {
  const { resultSigner: signer, sealing, logger, stopping } = api.platform;
  const mirror = mirrors.get(name);
  if (mirror === undefined) throw new Error('no such mirror');
  const names = [...mirrors.keys()];
  return new MirrorWorker({
    database,
    name,
    mirror,
    mirrors: names,
    signer,
    sealing,
    logger,
    stopping,
    pause: 500,
  });
};
/** A worker of its own each time, as another replica's whose lease has been given back. */
const mirrorAll = async (...names: string[]) => {
  for (const name of names.length > 0 ? names : mirrors.keys()) {
    const worker = workerOf(name);
    await worker.look();
    await worker.leave();
  }
};
const declare = async (id: string, purpose = 'volume') => {
  const body = { purpose, id, owner: { kind: 'cluster' } };
  expect((await operators.ask('POST /v1/clusters/production/keys', { body })).status).toBe(201);
};
const destroy = (id: string) =>
  operators.ask(`POST /v1/clusters/production/keys/volume/${id}/versions/1/destroy`, {
    body: { confirm: id, reason: 'gone' },
  });
const restore = () =>
  operators.ask<MirrorRestore & Problem>('POST /v1/clusters/production/keys/restore-mirror');
const nameOf = (id: string, cluster = clusterId()) =>
  mirrorName({ clusterId: cluster, purpose: 'volume', id, version: 1 });
const lose = (id: string) => sql('delete from keys where id = $1', [id]);
const countOf = async (id: string) => (await sql('select 1 from data_keys where id = $1', [id])).length;

describe('mirrors of wrapped keys', () => {
  it('have every key, wrapped and signed, and are told of each once', async () => {
    await declare('mirrored');
    await declare('Mixed.Case-1');
    await mirrorAll();
    const rows = await sql('select 1 from data_keys');
    for (const memory of [one, two]) {
      expect(memory.objects.size).toBe(rows.length);
      expect(memory.objects.has(nameOf('Mixed.Case-1'))).toBe(true);
      memory.calls = 0;
    }
    await mirrorAll();
    expect([one.calls, two.calls]).toEqual([0, 0]);
    expect(await mirroredKeys.countPending(api.database.queries, ['one', 'two'])).toBe(0);
  });

  it('get what is wrapped anew, and lose what is destroyed and what goes with its cluster', async () => {
    await declare('short-lived');
    await mirrorAll();
    const before = one.objects.get(nameOf('short-lived'));
    await sql(
      `update data_keys set mirrored_to = '{}', wrapped = wrapped || '\\x00' where id = 'short-lived'`,
    );
    await mirrorAll();
    expect(one.objects.get(nameOf('short-lived'))).not.toEqual(before);
    expect((await destroy('short-lived')).status).toBe(200);
    await mirrorAll();
    for (const { objects } of [one, two]) expect(objects.has(nameOf('short-lived'))).toBe(false);
    expect(await sql('select 1 from mirror_deletions')).toEqual([]);

    const order = { name: 'other', keys: { mode: 'external', provider: 'here' } };
    const { id } = (await operators.ask<Cluster>('POST /v1/clusters', { body: order })).body;
    const body = { purpose: 'volume', id: 'elsewhere', owner: { kind: 'cluster' } };
    await operators.ask('POST /v1/clusters/other/keys', { body });
    await mirrorAll();
    expect(two.objects.has(nameOf('elsewhere', id))).toBe(true);
    await operators.ask('DELETE /v1/clusters/other', { body: { confirm: 'other' } });
    await mirrorAll();
    for (const { objects } of [one, two]) expect(objects.has(nameOf('elsewhere', id))).toBe(false);
  });

  it('that are away hold up neither keys nor each other, are let rest, and catch up', async () => {
    one.fault = 'mirror-unreachable';
    const worker = workerOf('one');
    for (const id of ['outage-1', 'outage-2']) await declare(id);
    expect((await destroy('outage-2')).status).toBe(200);
    await worker.look();
    await mirrorAll('two');
    expect(two.objects.has(nameOf('outage-1'))).toBe(true);
    const { calls } = one;
    await worker.look();
    expect(one.calls).toBe(calls);
    expect(await mirroredKeys.countPending(api.database.queries, ['one', 'two'])).toBeGreaterThan(0);
    one.fault = undefined;
    await eventually(async () => {
      await worker.look();
      expect(one.objects.has(nameOf('outage-1'))).toBe(true);
    });
    await worker.leave();
    expect(await mirroredKeys.countPending(api.database.queries, ['one', 'two'])).toBe(0);
  });

  it('get every key when they are configured later', async () => {
    const late = createMemoryMirror();
    mirrors.set('late', late.mirror);
    await mirrorAll('late');
    mirrors.delete('late');
    expect(late.objects.size).toBe(one.objects.size);
  });

  it('S34 do not keep a key that was destroyed while it was written', async () => {
    await declare('raced');
    const { promise, resolve } = Promise.withResolvers<void>();
    one.pause = promise;
    const looking = mirrorAll('one');
    await expect.poll(() => one.objects.has(nameOf('raced'))).toBe(true);
    await destroy('raced');
    resolve();
    await looking;
    await mirrorAll();
    expect(one.objects.has(nameOf('raced'))).toBe(false);
  });

  it('S34 are written by one replica at a time, and by another when that one is gone', async () => {
    await declare('leased');
    const holder = workerOf('one');
    await holder.look();
    await declare('leased-2');
    await workerOf('one').look();
    expect(one.objects.has(nameOf('leased-2'))).toBe(false);
    await sql(`update leases set held_until = now() - interval '1 second'`);
    await mirrorAll('one');
    expect(one.objects.has(nameOf('leased-2'))).toBe(true);
  });

  it('S34 killed at any statement: every mirror has every key afterwards, and no other', async () => {
    for (let statements = 0; ; statements++) {
      await declare(`killed-${statements}`);
      await declare(`goes-${statements}`);
      await mirrorAll('two');
      await destroy(`goes-${statements}`);
      const database = await api.test.connectReplica({ maximumConnections: 1 });
      const mortal = toMortal(database);
      mortal.dieAfter(statements);
      await workerOf('one', mortal.database)
        .look()
        .catch(() => undefined);
      await database.close();
      await sql('delete from leases');
      await mirrorAll();
      const rows = await sql('select cluster_id as "clusterId", purpose, id, version from data_keys');
      const names = rows.map((row) => mirrorName(row as never)).sort();
      for (const { objects } of [one, two]) expect([...objects.keys()].sort()).toEqual(names);
      if (!mortal.isDead) break;
    }
  });
});

describe('putting keys back from a mirror', () => {
  it('is refused for a managed cluster', async () => {
    await operators.ask('POST /v1/clusters', { body: { name: 'derived' } });
    const answer = await operators.ask('POST /v1/clusters/derived/keys/restore-mirror');
    expect(answer).toMatchObject(refusedAs('key-mode-conflict', 409));
  });

  it('puts back what is missing, the same key, and overwrites nothing', async () => {
    await declare('lost');
    await declare('kept');
    await mirrorAll();
    const peer = await api.peer(api.machine());
    await join(peer);
    const before = (await peer.key('lost')).body.key;
    await lose('lost');
    await sql(`update data_keys set kek_version = 'as it is' where id = 'kept'`);
    api.platform.dataKeys.forget({ id: clusterId() }, { purpose: 'volume', id: 'lost', version: 1 });
    const { body } = await restore();
    expect(body).toMatchObject({ restored: 1, refused: 0 });
    expect((await peer.key('lost')).body.key).toBe(before);
    expect(await sql(`select kek_version from data_keys where id = 'kept'`)).toEqual([
      { kek_version: 'as it is' },
    ]);
    expect((await restore()).body).toMatchObject({ restored: 0 });
  });

  it.each([['before it was lost'], ['while it was written']])(
    'puts a key that was retired %s back as retired: nothing is encrypted with it again',
    async (when) => {
      const id = `aged-${when.length}`;
      const rotate = () => operators.ask(`POST /v1/clusters/production/keys/volume/${id}/rotate`);
      await declare(id);
      if (when === 'before it was lost') {
        await mirrorAll();
        expect((await rotate()).status).toBe(200);
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        one.pause = promise;
        const looking = mirrorAll('one');
        await expect.poll(() => one.objects.has(nameOf(id))).toBe(true);
        expect((await rotate()).status).toBe(200);
        resolve();
        await looking;
        one.pause = undefined;
      }
      await mirrorAll();
      await lose(id);
      expect((await restore()).body).toMatchObject({ restored: 2, refused: 0 });
      expect(await sql('select version, state from keys where id = $1 order by version', [id])).toEqual([
        { version: 1, state: 'retired' },
        { version: 2, state: 'active' },
      ]);
    },
  );

  it.each([
    ['another name', () => ({ name: nameOf('elsewhere') })],
    ['another owner', () => ({ claims: { owner: 'pool:of-somebody-else' } })],
    ['bytes that are nothing', () => ({ bytes: new Uint8Array(100) })],
    [
      'a result of this API',
      async () => ({ bytes: Buffer.from(await api.platform.resultSigner.sign({ sub: 'x' }, 'jwt')) }),
    ],
  ] as const)('S25 refuses an object with %s', async (what, make) => {
    const id = `forged-${what.length}`;
    await declare(id);
    await mirrorAll();
    const good = Buffer.from(one.objects.get(nameOf(id)) ?? []).toString();
    const forged = (await make()) as { name?: string; claims?: object; bytes?: Uint8Array };
    for (const memory of [one, two]) memory.objects.delete(nameOf(id));
    const [head = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const altered = Buffer.from(JSON.stringify({ ...claims, ...forged.claims })).toString('base64url');
    const bytes = forged.bytes ?? Buffer.from([head, altered, signature].join('.'));
    one.objects.set(forged.name ?? nameOf(id), new Uint8Array(bytes));
    await lose(id);
    expect((await restore()).body).toMatchObject({ restored: 0, refused: 1 });
    expect(await countOf(id)).toBe(0);
    one.objects.delete(forged.name ?? nameOf(id));
  });

  it('S25 refuses a key that its provider does not open, and one that was destroyed', async () => {
    await declare('unopened');
    await declare('destroyed');
    const read = await mirroredKeys.listUnmirrored(api.database.queries, 'one', 10);
    await mirrorAll();
    const [unopened, destroyed] = ['unopened', 'destroyed'].map((id) => read.find((key) => key.id === id));
    if (unopened === undefined || destroyed === undefined) throw new Error('not declared');
    await lose('unopened');
    await destroy('destroyed');
    await mirrorAll();
    const { resultSigner } = api.platform;
    const moved = { ...destroyed, id: 'unopened' };
    one.objects.set(nameOf('unopened'), await encodeMirroredKey(resultSigner, moved));
    two.objects.delete(nameOf('unopened'));
    one.objects.set(nameOf('destroyed'), await encodeMirroredKey(resultSigner, destroyed));
    expect((await restore()).body).toMatchObject({ restored: 0, refused: 2 });
    expect(await sql(`select state from keys where id = 'destroyed'`)).toEqual([{ state: 'destroyed' }]);
    one.objects.delete(nameOf('unopened'));
    one.objects.delete(nameOf('destroyed'));
  });

  it('is undecided while the provider or the mirror is away, and keeps what it has put back', async () => {
    await declare('away');
    await mirrorAll();
    await lose('away');
    kek.fault = 'kek-disabled';
    const answer = await restore();
    expect(answer).toMatchObject(refusedAs('kek-undecided', 503));
    expect(answer.text).not.toContain('secret.address.test');
    kek.fault = undefined;
    one.fault = 'mirror-denied';
    expect(await restore()).toMatchObject(refusedAs('kek-undecided', 503));
    one.fault = undefined;
    expect((await restore()).body).toMatchObject({ restored: 1 });
  });

  it('S18 keeps the key of a state disk for the machine that it was of', async () => {
    const owner = api.machine();
    const { stateDisk } = await join(await api.peer(owner), 'a-disk');
    await mirrorAll();
    const { identity } = owner.tpm;
    // As a database is that was backed up before this machine came.
    await sql(`delete from keys where id = 'a-disk'`);
    await sql('delete from nodes where identity = $1', [identity]);
    await sql('delete from enrolments where identity = $1', [identity]);
    await sql('delete from machines where identity = $1', [identity]);
    expect((await restore()).body).toMatchObject({ restored: 1 });
    expect(await sql(`select owner from keys where id = 'a-disk'`)).toEqual([
      { owner: `machine:${identity}` },
    ]);

    const thief = await api.peer(api.machine());
    await thief.attest();
    expect(await thief.enrol('a-disk')).toMatchObject(refusedAs('state-disk-not-owned', 403));
    owner.reboot();
    const back = await api.peer(owner);
    await back.attest();
    const { body } = await back.enrol('a-disk');
    if (body.kind !== 'grant') throw new Error('not granted');
    expect(body.ticket.stateDisk).toMatchObject({ key: stateDisk.key, version: 1, format: false });
  });
});
