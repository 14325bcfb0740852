import type { KekErrorCode } from '@asterism/keys';
import type { Problem, Ticket } from '@asterism/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';

const FAULTS: readonly KekErrorCode[] = [
  'kek-unreachable',
  'kek-throttled',
  'kek-disabled',
  'kek-unknown',
  'kek-denied',
  'kek-wrong-region',
  'kek-response-invalid',
];
const kek = createMemoryKek();
let now = 0;
let api: TestNodeApi;
let operators: TestOperators;
const sql = (text: string, values: unknown[] = []) => api.test.sql(text, values);
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const undecided = refusedAs('kek-undecided', 503);

beforeAll(async () => {
  api = await startTestNodeApi({
    machines: 60,
    platform: { kek: { providers: new Map([['here', kek.provider]]) }, monotonic: () => now },
    keys: { mode: 'external', scheme: 'asterism', provider: 'here' },
  });
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});
beforeEach(() => {
  kek.fault = undefined;
  // What was seen of a fault before is not remembered any more.
  now += 5_000;
});

const attested = async (machine = api.machine()): Promise<RawPeer> => {
  const peer = await api.peer(machine);
  expect((await peer.attest()).status).toBe(200);
  return peer;
};
const ticketOf = async (peer: RawPeer, disk?: string): Promise<Ticket> => {
  const { body } = await peer.enrol(disk);
  if (body.kind !== 'grant') throw new Error(JSON.stringify(body));
  return body.ticket;
};
/** Everything that a request could have left. */
const counted = async () =>
  (
    await sql(
      'select (select count(*) from keys)::int as keys, (select count(*) from data_keys)::int as wrapped, (select count(*) from nodes)::int as nodes, (select count(*) from state_disks)::int as disks, (select coalesce(sum(use_count), 0) from keys)::int as uses, (select count(*) from audit)::int as audit',
    )
  )[0];

describe('in external mode', () => {
  it('keys of disks are random, the same at each boot, and wrapped in the database', async () => {
    const peer = await api.peer(api.machine());
    const first = await join(peer);
    peer.machine.reboot();
    const again = await join(await api.peer(peer.machine));
    expect(again.stateDisk).toMatchObject({ key: first.stateDisk.key, version: 1, scheme: 'asterism' });
    const rows = await sql('select wrapped, provider from data_keys where id = $1', [first.stateDisk.id]);
    expect(rows).toEqual([{ provider: 'here', wrapped: expect.any(Buffer) as Buffer }]);
    expect((rows[0]?.['wrapped'] as Buffer).toString('base64url')).not.toContain(first.stateDisk.key);
  });

  it.each(FAULTS)('%s: a join waits, nothing is written, and it succeeds afterwards', async (fault) => {
    const peer = await attested();
    const before = await counted();
    kek.fault = fault;
    const refused = await peer.enrol();
    expect(refused).toMatchObject(undecided);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.body.detail).toContain(fault);
    expect(JSON.stringify(refused.body)).not.toContain('secret.address');
    expect(await counted()).toEqual(before);
    kek.fault = undefined;
    now += 5_000;
    const ticket = await ticketOf(peer);
    expect(ticket.stateDisk.format).toBe(true);
    expect(await ticketOf(peer)).toEqual(ticket);
  });

  it.each(FAULTS)('%s: no key is made, declared or rotated, and none is lost', async (fault) => {
    const peer = await api.peer(api.machine());
    await join(peer);
    const known = (await peer.key('faulty')).body;
    const before = await counted();
    kek.fault = fault;
    expect(await peer.key(`new-${fault}`)).toMatchObject(undecided);
    const body = { purpose: 'volume', id: `declared-${fault}`, owner: { kind: 'cluster' } };
    expect(await operators.ask('POST /v1/clusters/production/keys', { body })).toMatchObject(undecided);
    const rotate = () => operators.ask('POST /v1/clusters/production/keys/volume/faulty/rotate');
    expect(await rotate()).toMatchObject(undecided);
    expect(await counted()).toEqual(before);
    kek.fault = undefined;
    now += 5_000;
    expect((await peer.key('faulty')).body.key).toBe(known.key);
  });

  it('a service that is away uses nothing up of what a node may make', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    kek.fault = 'kek-unreachable';
    for (let n = 0; n < 110; n++) expect(await peer.key('patient')).toMatchObject(undecided);
    kek.fault = undefined;
    now += 5_000;
    expect((await peer.key('patient')).status).toBe(200);
  });

  it('a key that is in memory goes on until its bound, and not a moment longer', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    const { key } = (await peer.key('cached')).body;
    expect((await peer.key('cached')).body.key).toBe(key);
    kek.fault = 'kek-disabled';
    now += 899_000;
    expect((await peer.key('cached')).body.key).toBe(key);
    const [{ use_count: uses } = {}] = await sql(`select use_count from keys where id = 'cached'`);
    now += 2_000;
    expect(await peer.key('cached')).toMatchObject(undecided);
    expect(await sql(`select use_count from keys where id = 'cached'`)).toEqual([{ use_count: uses }]);
    kek.fault = undefined;
    expect((await peer.key('cached')).body.key).toBe(key);
  });

  it('a machine that was granted its key gets it through a fault that comes then', async () => {
    const peer = await attested();
    const ticket = await ticketOf(peer);
    kek.fault = 'kek-unreachable';
    expect(await ticketOf(peer)).toEqual(ticket);
  });

  it('S10 a service that does not answer keeps one request waiting, and refuses the others at once', async () => {
    const peers = await Promise.all([attested(), attested(), attested()]);
    kek.fault = 'kek-unreachable';
    expect(await peers[0]?.enrol()).toMatchObject(undecided);
    now += 2_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    kek.pause = promise;
    const { wrap } = kek.calls;
    const probing = peers[0]?.enrol();
    await expect.poll(() => kek.calls.wrap).toBe(wrap + 1);
    expect((await peers[1]?.enrol())?.status).toBe(503);
    expect(kek.calls.wrap).toBe(wrap + 1);
    kek.fault = undefined;
    kek.pause = undefined;
    resolve();
    expect((await probing)?.status).toBe(200);
    expect((await peers[2]?.enrol())?.status).toBe(200);
  });

  it('S25 a wrapped key of another name or altered gives none', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    for (const id of ['victim', 'moved', 'altered']) await peer.key(id);
    await sql(
      `update data_keys set wrapped = (select wrapped from data_keys where id = 'victim') where id = 'moved'`,
    );
    await sql(
      `update data_keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) where id = 'altered'`,
    );
    now += 1_000_000;
    for (const id of ['moved', 'altered']) expect(await peer.key(id)).toMatchObject(undecided);
    expect((await peer.key('victim')).status).toBe(200);
  });

  it('a key whose row is gone, or whose provider is, is undecided and never made anew', async () => {
    const machine = api.machine();
    const ticket = await join(await api.peer(machine));
    await sql('delete from data_keys where id = $1', [ticket.stateDisk.id]);
    now += 1_000_000;
    machine.reboot();
    const back = await attested(machine);
    expect(await back.enrol()).toMatchObject(undecided);
    expect(await sql('select 1 from data_keys where id = $1', [ticket.stateDisk.id])).toEqual([]);
    const peer = await api.peer(api.machine());
    await join(peer);
    await peer.key('orphan');
    await sql(`update data_keys set provider = 'absent' where id = 'orphan'`);
    now += 1_000_000;
    expect(await peer.key('orphan')).toMatchObject(undecided);
  });

  it('S34 of replicas that grant one machine at once one makes its key, and all give the same', async () => {
    const machine = api.machine();
    const { node: other } = await api.replica();
    const there = await api.peer(machine, other.url);
    await there.attest();
    const here = await Promise.all([attested(machine), attested(machine)]);
    const tickets = await Promise.all([...here, there].map((peer) => ticketOf(peer)));
    expect(new Set(tickets.map(({ stateDisk }) => stateDisk.key)).size).toBe(1);
    const rows = await sql('select version from data_keys where id = $1', [tickets[0]?.stateDisk.id]);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it('lists its providers with what they say now, and nothing of where they are', async () => {
    const list = async () => operators.ask<{ items: unknown[] }>('GET /v1/kek-providers');
    expect((await list()).body.items).toEqual([
      { name: 'here', kind: 'vault', state: 'enabled', code: null, clusters: 1 },
    ]);
    kek.fault = 'kek-denied';
    const { body, text } = await list();
    expect(body.items).toEqual([
      { name: 'here', kind: 'vault', state: 'failing', code: 'kek-denied', clusters: 1 },
    ]);
    expect(text).not.toContain('secret');
    const tenant = await operators.token([{ role: 'viewer', clusterId: api.seeded.cluster.id }]);
    const seen = await operators.ask<{ items: unknown[] }>('GET /v1/kek-providers', { token: tenant.secret });
    expect(seen.body.items).toEqual([expect.objectContaining({ clusters: 1 })]);
  });
});
