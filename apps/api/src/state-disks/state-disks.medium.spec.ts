import type { KeyMetadata, Problem, StateDisk, StateDiskReport, Ticket } from '@asterism/contracts';
import { verifyAuditChain, type Page } from '@asterism/persistence';
import type { MintedMachine } from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeApplication } from '../node/node-application.ts';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { toMortal } from '../testing/mortal-database.ts';
import { join, reportOf, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';

const kek = createMemoryKek();
const platform = { kek: { providers: new Map([['here', kek.provider]]) } };
let api: TestNodeApi;
let operators: TestOperators;
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const sql = (text: string, values: unknown[] = []) => api.test.sql(text, values);
const keyOf = (id: string) => `/v1/clusters/production/keys/state-disk/${id}`;
const rotate = (id: string) => operators.ask<KeyMetadata & Problem>(`POST ${keyOf(id)}/rotate`);
const destroy = (id: string, version: number) =>
  operators.ask(`POST ${keyOf(id)}/versions/${version}/destroy`, { body: { confirm: id, reason: 'gone' } });
const diskOf = async (id: string): Promise<StateDisk | undefined> => {
  const { body } = await operators.ask<Page<StateDisk>>('GET /v1/clusters/production/state-disks?limit=200');
  return body.items.find((disk) => disk.id === id);
};
const statesOf = async (id: string) =>
  (
    await sql(`select version, state from keys where purpose = 'state-disk' and id = $1 order by version`, [
      id,
    ])
  ).map(({ version, state }) => `${String(version)} ${String(state)}`);

/** Boots again as far as the lock, with the ticket. */
async function boot(
  machine: MintedMachine,
  disk: string,
  url?: string,
): Promise<{ peer: RawPeer; ticket: Ticket }> {
  machine.reboot();
  const peer = await api.peer(machine, url);
  expect((await peer.attest()).status).toBe(200);
  const { body } = await peer.enrol(disk);
  if (body.kind !== 'grant') throw new Error(JSON.stringify(body));
  await machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
  expect((await peer.reportLock()).status).toBe(200);
  return { peer, ticket: body.ticket };
}

async function newDisk(disk: string): Promise<{ machine: MintedMachine; ticket: Ticket; peer: RawPeer }> {
  const machine = api.machine();
  const peer = await api.peer(machine);
  return { machine, peer, ticket: await join(peer, disk) };
}

beforeAll(async () => {
  api = await startTestNodeApi({
    machines: 60,
    platform,
    keys: { mode: 'external', scheme: 'asterism', provider: 'here' },
  });
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});

describe('rotating the key of a state disk', () => {
  it('is wanted by an operator, comes with the next ticket, and is done by the report', async () => {
    const { machine, ticket: first } = await newDisk('rotated');
    expect((await rotate('rotated')).body).toMatchObject({ version: 2, state: 'active' });
    expect(await diskOf('rotated')).toMatchObject({ keyVersion: 1, nextKeyVersion: 2, epoch: 1 });
    expect(await rotate('rotated')).toMatchObject(refusedAs('key-state-conflict', 409));
    const { peer, ticket } = await boot(machine, 'rotated');
    expect(ticket.stateDisk).toMatchObject({ version: 1, key: first.stateDisk.key, next: { version: 2 } });
    expect(ticket.stateDisk.next?.key).not.toBe(first.stateDisk.key);
    expect((await peer.report('disk-open', reportOf(ticket))).status).toBe(200);
    expect(await diskOf('rotated')).toMatchObject({ keyVersion: 2, nextKeyVersion: null, epoch: 2 });
    expect(await statesOf('rotated')).toEqual(['1 retired', '2 active']);
    await peer.report('member');
    const { ticket: again } = await boot(machine, 'rotated');
    expect(again.stateDisk).toMatchObject({ version: 2, key: ticket.stateDisk.next?.key, next: null });
    const records = await sql(
      `select actor from audit where action = 'key.rotated' and target = 'key:state-disk/rotated/2' order by sequence`,
    );
    expect(records.map(({ actor }) => String(actor).split(':')[0])).toEqual(['token', 'node']);
  });

  it('is refused for a disk that was never opened, and for one that is not there', async () => {
    const peer = await api.peer(api.machine());
    await peer.attest();
    expect((await peer.enrol('unopened')).status).toBe(200);
    expect(await rotate('unopened')).toMatchObject(refusedAs('key-state-conflict', 409));
    expect(await rotate('absent')).toMatchObject(refusedAs('key-unknown', 404));
    const retire = await operators.ask(`POST ${keyOf('unopened')}/versions/1/retire`);
    expect(retire).toMatchObject(refusedAs('key-state-conflict', 409));
  });

  it('S35 a version or epoch that cannot be is refused, changes nothing, and the right one is taken then', async () => {
    const { machine } = await newDisk('reported');
    await rotate('reported');
    const { peer, ticket } = await boot(machine, 'reported');
    const right = reportOf(ticket);
    const before = await diskOf('reported');
    const wrong: Partial<StateDiskReport>[] = [
      { version: 3 },
      { epoch: 1 },
      { epoch: 3 },
      { epoch: 9, rollback: 'unacknowledged' },
      { epoch: 2, rollback: 'ahead' },
    ];
    for (const change of wrong) {
      const answer = await peer.report('disk-open', { ...right, ...change });
      expect(answer).toMatchObject(refusedAs('node-state-conflict', 409));
    }
    expect(await diskOf('reported')).toEqual(before);
    expect((await peer.self()).body.state).toBe('locked');
    for (let n = 0; n < 2; n++) expect((await peer.report('disk-open', right)).status).toBe(200);
    const again = await peer.report('disk-open', { ...right, epoch: right.epoch + 1 });
    expect(again).toMatchObject(refusedAs('node-state-conflict', 409));
    expect(await diskOf('reported')).toMatchObject({ keyVersion: 2, epoch: 2 });
  });

  it('S18 a destroyed key comes with no ticket, and takes a wanted one with it', async () => {
    const { machine } = await newDisk('destroyed');
    await rotate('destroyed');
    expect((await destroy('destroyed', 2)).body.code).toBe('key-state-conflict');
    expect((await destroy('destroyed', 1)).status).toBe(200);
    expect(await statesOf('destroyed')).toEqual(['1 destroyed', '2 destroyed']);
    expect(await sql(`select 1 from data_keys where id = 'destroyed'`)).toEqual([]);
    machine.reboot();
    const peer = await api.peer(machine);
    await peer.attest();
    expect(await peer.enrol('destroyed')).toMatchObject(refusedAs('key-destroyed', 410));
    expect(await rotate('destroyed')).toMatchObject(refusedAs('key-state-conflict', 409));
    expect((await peer.enrol('another')).status).toBe(200);
  });

  it('S34 of two that rotate at once one does', async () => {
    await newDisk('contended');
    const answers = await Promise.all([rotate('contended'), rotate('contended'), rotate('contended')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await statesOf('contended')).toEqual(['1 active', '2 active']);
  });

  it('S34 the API is killed at any statement of the report: the disk opens with the key that it has', async () => {
    let died = 0;
    for (let statements = 1; ; statements++) {
      const id = `killed-${statements}`;
      const { machine } = await newDisk(id);
      await rotate(id);
      const database = await api.test.connectReplica({ maximumConnections: 2 });
      const mortal = toMortal(database);
      const other = await createTestPlatform(mortal.database, platform);
      const node = await startNodeApplication({
        platform: other.platform,
        identity: api.identity,
        listen: { host: '127.0.0.1', port: 0 },
        timings: { scheduleEvery: 600_000, lostEvery: 600_000 },
      });
      const { peer, ticket } = await boot(machine, id, node.url);
      mortal.dieAfter(statements);
      const { status } = await peer.report('disk-open', reportOf(ticket)).catch(() => ({ status: 0 }));
      peer.close();
      await node.close();
      await other.stop();
      await database.close();
      const disk = await diskOf(id);
      const committed = disk?.epoch === 2;
      expect(disk).toMatchObject(
        committed ? { keyVersion: 2, nextKeyVersion: null } : { keyVersion: 1, nextKeyVersion: 2, epoch: 1 },
      );
      if (status === 200) expect(committed).toBe(true);
      // The agent keeps both keyslots until it has an answer; it asks again, or boots again.
      const back = await boot(machine, id);
      const keys = [back.ticket.stateDisk.key, back.ticket.stateDisk.next?.key];
      expect(keys).toContain(ticket.stateDisk.next?.key);
      const rollback = committed ? ('none' as const) : ('unacknowledged' as const);
      const report = { version: 2, epoch: 3, rollback, activated: true };
      expect((await back.peer.report('disk-open', report)).status).toBe(200);
      expect(await diskOf(id)).toMatchObject({ keyVersion: 2, nextKeyVersion: null, epoch: 3, fault: null });
      if (status === 200) break;
      died++;
    }
    expect(died).toBeGreaterThan(5);
    expect(await verifyAuditChain(api.database.queries)).toMatchObject({ intact: true });
  }, 120_000);
});

describe('a state disk that shows another epoch', () => {
  const event = (peer: RawPeer, body: unknown) => peer.request('POST', '/agent/v1/node-events', body);
  const rolledBack = (diskId: string, epoch: number) => ({ type: 'state-disk-rolled-back', diskId, epoch });
  const accept = (id: string, body: unknown) =>
    operators.ask<StateDisk & Problem>(`POST /v1/clusters/production/state-disks/${id}/accept-rollback`, {
      body,
    });
  const faultsOf = (id: string) =>
    sql(`select details from audit where action = 'state-disk.fault' and target = $1`, [`state-disk:${id}`]);

  it('that is older is kept as a fault, and opened once by the word of an operator who names it', async () => {
    const { machine, peer: member } = await newDisk('older');
    await (
      await boot(machine, 'older')
    ).peer.report('disk-open', { version: 1, epoch: 2, rollback: 'none', activated: true });
    member.close();
    const { peer } = await boot(machine, 'older');
    expect(await accept('older', { epoch: 1, confirm: 'older', reason: 'restored' })).toMatchObject(
      refusedAs('rollback-none', 409),
    );
    expect((await event(peer, rolledBack('older', 1))).status).toBe(204);
    expect(await diskOf('older')).toMatchObject({
      fault: { code: 'state-disk-rolled-back', epoch: 1 },
      epoch: 2,
    });
    expect((await event(peer, rolledBack('older', 1))).status).toBe(204);
    expect(await faultsOf('older')).toHaveLength(1);
    const wrong = [
      [{ epoch: 0, confirm: 'older', reason: '' }, 'rollback-none'],
      [{ epoch: 1, confirm: 'old', reason: '' }, 'confirmation-mismatch'],
    ] as const;
    for (const [body, code] of wrong) expect((await accept('older', body)).body.code).toBe(code);
    expect(
      (await accept('older', { epoch: 1, confirm: 'older', reason: 'restored' })).body.acceptedEpoch,
    ).toBe(1);
    const next = await boot(machine, 'older');
    expect(next.ticket.stateDisk).toMatchObject({ epoch: 2, acceptedEpoch: 1 });
    expect((await next.peer.report('disk-open', reportOf(next.ticket))).status).toBe(200);
    expect(await diskOf('older')).toMatchObject({ epoch: 3, acceptedEpoch: null, fault: null });
    expect((await boot(machine, 'older')).ticket.stateDisk.acceptedEpoch).toBeNull();
  });

  it('that is newer is taken and kept as a fault', async () => {
    const { machine } = await newDisk('newer');
    const { peer } = await boot(machine, 'newer');
    const report = { version: 1, epoch: 31, rollback: 'ahead', activated: true } as const;
    expect((await peer.report('disk-open', report)).status).toBe(200);
    expect(await diskOf('newer')).toMatchObject({
      epoch: 31,
      fault: { code: 'state-disk-ahead', epoch: 30 },
    });
    expect(await faultsOf('newer')).toHaveLength(1);
    const events = await sql(
      `select data from events where type = 'state-disk.fault' and data ->> 'diskId' = 'newer'`,
    );
    expect(events).toHaveLength(1);
  });

  it('S17 a node reports its own disk and only what can be', async () => {
    const { peer } = await newDisk('own');
    await newDisk('foreign');
    expect(await event(peer, rolledBack('foreign', 0))).toMatchObject(refusedAs('state-disk-not-owned', 403));
    expect(await event(peer, rolledBack('absent', 0))).toMatchObject(refusedAs('state-disk-not-owned', 403));
    expect(await event(peer, rolledBack('own', 1))).toMatchObject(refusedAs('node-state-conflict', 409));
    expect(await event(peer, { type: 'state-disk-formatted', diskId: 'own' })).toMatchObject(
      refusedAs('request-invalid', 400),
    );
    expect((await diskOf('own'))?.fault).toBeNull();
    expect((await diskOf('foreign'))?.fault).toBeNull();
  });

  it('S20 an unlocked machine reports nothing', async () => {
    const peer = await api.peer(api.machine());
    await peer.attest();
    await peer.enrol('unlocked');
    const told = await event(peer, {
      type: 'state-disk-refused',
      diskId: 'unlocked',
      code: 'header-foreign',
    });
    expect(told).toMatchObject(refusedAs('node-not-locked', 409));
  });

  it('S30 a node that reports without end fills no audit trail', async () => {
    const { peer } = await newDisk('flooding');
    const statuses: number[] = [];
    for (let errors = 1; errors <= 40; errors++) {
      statuses.push((await event(peer, { type: 'state-disk-io-error', diskId: 'flooding', errors })).status);
    }
    expect(statuses.filter((status) => status === 204)).toHaveLength(20);
    expect(new Set(statuses)).toEqual(new Set([204, 429]));
    expect(await faultsOf('flooding')).toHaveLength(20);
    expect(await diskOf('flooding')).toMatchObject({
      fault: { code: 'state-disk-io-error', detail: expect.stringContaining('20 ') as string },
    });
  });
});
