import { deriveClusterKey, KEY_PURPOSES } from '@asterism/keys';
import { clusters, enrolments, inTransaction, keys, nodes } from '@asterism/persistence';
import type { Enrolment, Problem, Ticket } from '@asterism/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

let api: TestNodeApi;
let offset = 0;

const start = (options: Parameters<typeof startTestNodeApi>[0] = {}) =>
  startTestNodeApi({ database: { clock: () => new Date(Date.now() + offset) }, ...options });
const clusterId = () => api.seeded.cluster.id;
const attested = async (machine = api.machine()): Promise<RawPeer> => {
  const peer = await api.peer(machine);
  expect((await peer.attest()).status).toBe(200);
  return peer;
};
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const ticketOf = async (peer: RawPeer, diskId?: string): Promise<Ticket> => {
  const { body } = await peer.enrol(diskId);
  if (body.kind !== 'grant') throw new Error(JSON.stringify(body));
  return body.ticket;
};
const auditOf = async (action: string) =>
  api.test.sql('select actor, target, details from audit where action = $1 order by sequence', [action]);

describe('in a cluster that is ready', () => {
  beforeAll(async () => {
    api = await start({ machines: 60 });
    await api.initialise();
  });
  afterAll(() => api.stop());
  afterEach(() => {
    offset = 0;
  });

  it('makes a node of a machine, and the same node with the same key after each reboot', async () => {
    const peer = await api.peer(api.machine());
    const first = await join(peer);
    expect(first).toMatchObject({
      kind: 'join',
      stateDisk: { version: 1, scheme: 'asterism', format: true },
    });
    peer.machine.reboot();
    const again = await join(await api.peer(peer.machine));
    expect(again).toMatchObject({ kind: 'rejoin', node: first.node });
    expect(again.stateDisk).toEqual({ ...first.stateDisk, format: false, epoch: 1 });
    const node = await nodes.find(api.database.queries, clusterId(), first.node.id);
    expect(node).toMatchObject({ state: 'member', boots: 2, agentVersion: '0.1.0', name: first.node.name });
  });

  it('asks to format a disk again until it was reported open', async () => {
    const peer = await attested();
    expect((await ticketOf(peer)).stateDisk.format).toBe(true);
    peer.machine.reboot();
    const again = await attested(peer.machine);
    expect((await ticketOf(again)).stateDisk.format).toBe(true);
  });

  it('S17 role, name and keys come from the server’s records; what is asked beyond them is refused', async () => {
    const peer = await attested();
    for (const more of [
      { role: 'control-plane' },
      { name: 'admin' },
      { kind: 'initialise' },
      { keyId: 'other' },
    ]) {
      const claims = peer.claims('enrolment', { stateDiskId: 'd', ...more } as Record<string, string>);
      expect(await peer.prove('/agent/v1/enrolments', claims)).toMatchObject(
        refusedAs('request-invalid', 400),
      );
    }
    const claims = peer.claims('enrolment', { stateDiskId: 'd', pool: 'control-plane' });
    expect(await peer.prove('/agent/v1/enrolments', claims)).toMatchObject(
      refusedAs('evidence-invalid', 400),
    );
    const ticket = await ticketOf(peer);
    expect(ticket.node).toMatchObject({ role: 'worker', pool: 'workers' });
    expect(ticket.node.name).toBe(`workers-${peer.machine.tpm.identity.slice(0, 8)}`);
  });

  it('S01 gives a ticket only on evidence that was made for this very request', async () => {
    const peer = await attested();
    const [first, second] = [await peer.fresh(), await peer.fresh()];
    const claims = peer.claims('enrolment', { stateDiskId: 'asked-for' });
    const evidence = await peer.evidence(first, claims);
    const send = (body: Record<string, unknown>) =>
      peer.request('POST', '/agent/v1/enrolments', { evidence, ...body });
    const notGenuine = refusedAs('evidence-not-genuine', 403);
    expect(await send({ nonce: second.nonce, claims })).toMatchObject(notGenuine);
    const otherDisk = peer.claims('enrolment', { stateDiskId: 'another' });
    expect(await send({ nonce: first.nonce, claims: otherDisk })).toMatchObject(notGenuine);
    expect(await send({ nonce: first.nonce, claims })).toMatchObject(refusedAs('nonce-invalid', 401));
  });

  it('refuses a machine that changed after its connection was appraised', async () => {
    const peer = await attested();
    peer.machine.pcrs[4] = new Uint8Array(32).fill(6);
    const { status, body } = await peer.enrol();
    expect({ status, code: body.code, claims: body.findings?.map(({ claim }) => claim) }).toEqual({
      status: 403,
      code: 'evidence-refused',
      claims: ['tpm.pcr.4'],
    });
    expect(
      await api.test.sql('select id from nodes where identity = $1', [peer.machine.tpm.identity]),
    ).toEqual([]);
  });

  it('S18 the key of a disk goes to the machine that first used it; another one asking is refused and audited', async () => {
    const owner = await api.peer(api.machine());
    const { stateDisk } = await join(owner, 'shared-disk');
    const thief = await attested();
    expect(await thief.enrol('shared-disk')).toMatchObject(refusedAs('state-disk-not-owned', 403));
    const actor = `machine:${thief.machine.tpm.identity}`;
    expect(await auditOf('enrolment.refused')).toContainEqual(
      expect.objectContaining({
        actor,
        details: { code: 'state-disk-not-owned', stateDiskId: 'shared-disk' },
      }),
    );
    expect((await ticketOf(thief, 'own-disk')).stateDisk.key).not.toBe(stateDisk.key);
    thief.machine.reboot();
    const asNode = await attested(thief.machine);
    expect(await asNode.enrol('shared-disk')).toMatchObject(refusedAs('state-disk-not-owned', 403));
    owner.machine.reboot();
    expect((await ticketOf(await attested(owner.machine), 'shared-disk')).stateDisk.key).toBe(stateDisk.key);
  });

  it('S19 no text of a disk id reaches a key of another purpose', async () => {
    const { keys: root } = await api.platform.clusterRoots.open(clusterId());
    const others = KEY_PURPOSES.filter((purpose) => purpose !== 'state-disk').flatMap((purpose) =>
      ['', '1', purpose, 'state-disk'].map((id) => deriveClusterKey(root, { purpose, id, version: 1 }, 32)),
    );
    const foreign = new Set(others.map((key) => Buffer.from(key).toString('base64url')));
    for (const id of [...KEY_PURPOSES, 'measurement.1', '..', '-', '1', `state-disk.${'x'.repeat(50)}`]) {
      const ticket = await ticketOf(await attested(), id);
      const key = deriveClusterKey(root, { purpose: 'state-disk', id, version: 1 }, 32);
      expect(ticket.stateDisk.key).toBe(Buffer.from(key).toString('base64url'));
      expect(foreign).not.toContain(ticket.stateDisk.key);
    }
    const peer = await attested();
    for (const id of ['', '../measurement', 'a/b', 'a b', 'disk\u0000', 'x'.repeat(65), 'é']) {
      const claims = peer.claims('enrolment', { stateDiskId: id });
      expect(await peer.prove('/agent/v1/enrolments', claims)).toMatchObject(
        refusedAs('request-invalid', 400),
      );
    }
  });

  it('S20 a locked machine gets no boot secrets, on any connection, until it reboots', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    expect(await peer.enrol()).toMatchObject(refusedAs('node-locked', 409));
    const other = await api.peer(peer.machine);
    expect((await other.attest()).body).toMatchObject({ locked: true });
    expect(await other.enrol()).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 nor does a boot that was locked before it asked', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    // Another boot by its counter, with the PCR still extended: nothing about it is on record.
    peer.machine.resetCount++;
    expect(await (await attested(peer.machine)).enrol()).toMatchObject(refusedAs('node-locked', 409));
    const stranger = api.machine();
    await stranger.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    expect(await (await attested(stranger)).enrol()).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 nor does a connection that was attested before the lock of the same boot', async () => {
    const before = await attested();
    await ticketOf(before);
    const second = await attested(before.machine);
    const unlocked = await before.fresh();
    const claims = before.claims('enrolment', {
      stateDiskId: `disk-${before.machine.tpm.identity.slice(0, 8)}`,
    });
    // Quoted while the machine was still open; sent after the lock was reported on the other connection.
    const evidence = await before.evidence(unlocked, claims);
    await second.machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    expect((await second.reportLock()).status).toBe(200);
    const late = await before.request('POST', '/agent/v1/enrolments', {
      nonce: unlocked.nonce,
      claims,
      evidence,
    });
    expect(late).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 nor does another attestation key of the same boot, whose counters look like another boot', async () => {
    const first = await attested();
    await ticketOf(first);
    const { machine } = first;
    const other = await attested(await machine.withAnotherKey({ resetCount: 7_000 }));
    const order = await other.fresh();
    const claims = other.claims('enrolment', { stateDiskId: `disk-${machine.tpm.identity.slice(0, 8)}` });
    const evidence = await other.evidence(order, claims);
    await machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    expect((await first.reportLock()).status).toBe(200);
    const late = await other.request('POST', '/agent/v1/enrolments', {
      nonce: order.nonce,
      claims,
      evidence,
    });
    expect(late).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 a lock that is only seen ends the secrets of the boot as well', async () => {
    const peer = await attested();
    await ticketOf(peer);
    const order = await peer.fresh();
    const claims = peer.claims('enrolment', { stateDiskId: `disk-${peer.machine.tpm.identity.slice(0, 8)}` });
    const evidence = await peer.evidence(order, claims);
    await peer.machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    expect((await (await api.peer(peer.machine)).attest()).body.locked).toBe(true);
    const late = await peer.request('POST', '/agent/v1/enrolments', { nonce: order.nonce, claims, evidence });
    expect(late).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 an unlocked machine gets no member rights', async () => {
    const peer = await attested();
    await ticketOf(peer);
    const locked = refusedAs('node-not-locked', 409);
    expect(await peer.reportLock()).toMatchObject(locked);
    expect(await peer.report('disk-open')).toMatchObject(locked);
    expect(await peer.report('member')).toMatchObject(locked);
    expect((await peer.follow()).status).toBe(409);
    expect((await peer.self()).body).toMatchObject({ state: 'attesting' });
  });

  it('S20 the secrets of a boot come once: again on request, the same, and not when they have expired', async () => {
    const peer = await attested();
    const first = await ticketOf(peer);
    expect(await ticketOf(peer)).toEqual(first);
    expect(await ticketOf(await attested(peer.machine))).toEqual(first);
    expect(await peer.enrol('another-disk')).toMatchObject(refusedAs('node-state-conflict', 409));
    offset = 601_000;
    const late = await attested(peer.machine);
    expect(await late.enrol()).toMatchObject(refusedAs('node-locked', 409));
  });

  it('S20 is locked into this cluster or not at all', async () => {
    const peer = await attested();
    const { node } = await ticketOf(peer);
    await peer.machine.lock(new Uint8Array(32).fill(9));
    expect(await peer.reportLock()).toMatchObject(refusedAs('evidence-refused', 403));
    expect(await nodes.find(api.database.queries, clusterId(), node.id)).toMatchObject({
      state: 'quarantined',
    });
  });

  it('refuses a lock of a boot that was granted nothing', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    peer.machine.resetCount++;
    const again = await attested(peer.machine);
    expect(await again.reportLock()).toMatchObject(refusedAs('node-state-conflict', 409));
  });

  it('takes steps in their order only, and a repeated report for what it is', async () => {
    const peer = await attested();
    await ticketOf(peer);
    await peer.machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    expect((await peer.reportLock()).body).toMatchObject({ state: 'locked' });
    expect((await peer.reportLock()).body).toMatchObject({ state: 'locked' });
    expect(await peer.report('member')).toMatchObject(refusedAs('node-state-conflict', 409));
    for (const state of ['disk-open', 'disk-open', 'member', 'member', 'disk-open'] as const) {
      expect((await peer.report(state)).status).toBe(200);
    }
    expect((await peer.self()).body.state).toBe('member');
  });

  it('S21 a machine enrols once: in another pool it needs an operator', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    peer.machine.reboot();
    const elsewhere = await attested(peer.machine.elsewhere({ pool: 'control-plane' }));
    expect(await elsewhere.enrol()).toMatchObject(refusedAs('identity-duplicate', 409));
    expect((await elsewhere.self()).body.code).toBe('attestation-required');
    expect(await auditOf('enrolment.refused')).toContainEqual(
      expect.objectContaining({ actor: `machine:${peer.machine.tpm.identity}` }),
    );
  });

  it('S21 of concurrent duplicates one becomes a node, and both are told the same', async () => {
    const machine = api.machine();
    const peers = await Promise.all(Array.from({ length: 6 }, () => attested(machine)));
    const { node: other } = await api.replica();
    const there = await api.peer(machine, other.url);
    await there.attest();
    const tickets = await Promise.all([...peers, there].map((peer) => ticketOf(peer)));
    for (const ticket of tickets) expect(ticket).toEqual(tickets[0]);
    const { identity } = machine.tpm;
    expect(await api.test.sql('select id from nodes where identity = $1', [identity])).toHaveLength(1);
    expect(await api.test.sql('select id from enrolments where identity = $1', [identity])).toHaveLength(1);
    const uses = await keys.list(api.database.queries, clusterId(), {}, { limit: 200 });
    expect(uses.items.find(({ owner }) => owner === `node:${tickets[0]?.node.id}`)).toMatchObject({
      useCount: 1,
    });
  });

  it('S29 no ticket, key or measurement secret is in the log, the audit trail or the events', async () => {
    const ticket = await join(await api.peer(api.machine()));
    const written = [
      ...api.logged,
      JSON.stringify(await api.test.sql('select * from audit')),
      JSON.stringify(await api.test.sql('select * from events')),
      JSON.stringify(await api.test.sql('select * from boots')),
    ].join('\n');
    for (const secret of [ticket.stateDisk.key, ticket.cluster.measurementSecret])
      expect(written).not.toContain(secret);
  });

  it('S33 a policy that changed between attesting and enrolling is not the one that counts', async () => {
    const peer = await attested();
    await api.activate('workers', { approval: 'required' });
    expect(await peer.enrol()).toMatchObject(refusedAs('attestation-expired', 401));
    const again = await attested(peer.machine);
    expect((await again.enrol()).body).toMatchObject({ kind: 'wait', reason: 'approval' });
    await api.activate('workers', {});
  });
});

describe('in a new cluster', () => {
  beforeEach(async () => {
    api = await start();
  });
  afterEach(() => api.stop());

  const waiting = async (): Promise<Enrolment[]> =>
    (await enrolments.list(api.database.queries, clusterId(), { state: 'waiting' }, { limit: 50 })).items;

  it('tells workers to wait until it is made, and says how long', async () => {
    const worker = await attested();
    const answer = await worker.enrol();
    expect(answer).toMatchObject({
      status: 202,
      body: { kind: 'wait', reason: 'initialisation', retryAfter: 1 },
    });
    expect(answer.headers['retry-after']).toBe('1');
    const repeated = await worker.enrol();
    expect(repeated.body).toEqual(answer.body);
    expect(await waiting()).toMatchObject([
      { identity: worker.machine.tpm.identity, waitReason: 'initialisation' },
    ]);
    await api.initialise();
    expect(await clusters.find(api.database.queries, clusterId())).toMatchObject({ state: 'ready' });
    expect((await ticketOf(worker)).kind).toBe('join');
  });

  it('tells one of many control-plane machines to make it, on any replica', async () => {
    const { node: other } = await api.replica();
    const peers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const peer = await api.peer(api.machine('control-plane'), i % 2 === 0 ? api.node.url : other.url);
        await peer.attest();
        return peer;
      }),
    );
    const answers = await Promise.all(peers.map((peer) => peer.enrol()));
    const kinds = answers.map(({ body }) => (body.kind === 'grant' ? body.ticket.kind : body.reason)).sort();
    expect(kinds).toEqual(['initialise', ...Array<string>(7).fill('initialisation')].sort());
    expect(await api.test.sql('select id from nodes')).toHaveLength(1);
  });

  it('goes on making it after the machine rebooted half way', async () => {
    const maker = await attested(api.machine('control-plane'));
    expect((await ticketOf(maker)).kind).toBe('initialise');
    maker.machine.reboot();
    const ticket = await join(await api.peer(maker.machine));
    expect(ticket.kind).toBe('initialise');
    expect(await clusters.find(api.database.queries, clusterId())).toMatchObject({ state: 'ready' });
  });

  it('S22 a machine that needs approval waits for it, and gets in as the identity that was shown', async () => {
    await api.activate('control-plane', { approval: 'required' });
    const [peer, other] = [
      await attested(api.machine('control-plane')),
      await attested(api.machine('control-plane')),
    ];
    const answer = await peer.enrol();
    expect(answer).toMatchObject({ status: 202, body: { kind: 'wait', reason: 'approval' } });
    expect((await other.enrol()).body).toMatchObject({ reason: 'approval' });
    const enrolment = (await waiting()).find(({ identity }) => identity === peer.machine.tpm.identity);
    const approve = (identity: string) =>
      inTransaction(api.database, (tx) =>
        enrolments.approve(tx, clusterId(), enrolment?.id ?? '', {
          identity,
          by: 'token:operator',
          reason: '',
        }),
      );
    await expect(approve(other.machine.tpm.identity)).rejects.toMatchObject({ code: 'not-found' });
    expect((await peer.enrol()).body).toMatchObject({ reason: 'approval' });
    await approve(peer.machine.tpm.identity);
    expect((await ticketOf(peer)).kind).toBe('initialise');
    expect((await other.enrol()).body).toMatchObject({ kind: 'wait', reason: 'approval' });
  });

  it('S22 a machine that was denied stays out', async () => {
    await api.activate('control-plane', { approval: 'required' });
    const peer = await attested(api.machine('control-plane'));
    const { body } = await peer.enrol();
    const enrolmentId = body.kind === 'wait' ? body.enrolmentId : '';
    await inTransaction(api.database, (tx) =>
      enrolments.deny(tx, clusterId(), enrolmentId, { by: 'token:operator', reason: 'unknown machine' }),
    );
    expect(await peer.enrol()).toMatchObject(refusedAs('enrolment-denied', 403));
    await api.activate('control-plane', {});
    expect(await (await attested(peer.machine)).enrol()).toMatchObject(refusedAs('enrolment-denied', 403));
  });
});
