import { verifyAuditChain } from '@asterism/persistence';
import type { Ticket } from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeApplication, type NodeApplication } from '../node/node-application.ts';
import { toMortal } from '../testing/mortal-database.ts';
import type { RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';

let api: TestNodeApi;
beforeAll(async () => {
  api = await startTestNodeApi({ machines: 120 });
  await api.initialise();
});
afterAll(() => api.stop());

type Step = (peer: RawPeer, tickets: Ticket[]) => Promise<{ readonly status: number }>;

const lockMachine = (machine: MintedMachine) =>
  machine.pcrs[15] ? Promise.resolve() : machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));

/** What an agent does, step by step. */
const STEPS: readonly (readonly [string, Step])[] = [
  ['attestation', (peer) => peer.attest()],
  [
    'enrolment',
    async (peer, tickets) => {
      const response = await peer.enrol();
      if (response.status === 200 && response.body.kind === 'grant') tickets.push(response.body.ticket);
      return response;
    },
  ],
  [
    'lock',
    async (peer) => {
      await lockMachine(peer.machine);
      return peer.reportLock();
    },
  ],
  ['disk', (peer) => peer.report('disk-open')],
  ['member', (peer) => peer.report('member')],
];

/** Goes on as an agent does after any crash: from what the machine shows, not from what it remembers. */
async function resume(machine: MintedMachine, tickets: Ticket[]): Promise<void> {
  const peer = await api.peer(machine);
  const { body } = await peer.attest();
  for (const [name, step] of STEPS.slice(1)) {
    if (name === 'enrolment' && body.locked) continue;
    expect({ name, ...(await step(peer, tickets)) }).toMatchObject({ name, status: 200 });
  }
  peer.close();
}

async function requireOneOfAll(machine: MintedMachine, tickets: readonly Ticket[]): Promise<void> {
  const { identity } = machine.tpm;
  const rows = (text: string) => api.test.sql(text, [identity]);
  const nodes = await rows('select id, name, state, boots from nodes where identity = $1');
  expect(nodes).toEqual([expect.objectContaining({ state: 'member', boots: 1 })]);
  expect(await rows('select state from enrolments where identity = $1')).toEqual([{ state: 'completed' }]);
  expect(await rows('select key_version from state_disks where identity = $1')).toEqual([{ key_version: 1 }]);
  const owner = `node:${String(nodes[0]?.['id'])}`;
  expect(await api.test.sql('select use_count from keys where owner = $1', [owner])).toEqual([
    { use_count: 1 },
  ]);
  for (const { node, stateDisk } of tickets) {
    expect(node.id).toBe(nodes[0]?.['id']);
    expect(stateDisk).toEqual(tickets[0]?.stateDisk);
  }
}

/** Another process on the same database, which dies after so many statements. */
async function startMortal(): Promise<{
  readonly node: NodeApplication;
  readonly dieAfter: (statements: number) => void;
  readonly isDead: () => boolean;
  readonly stop: () => Promise<void>;
}> {
  const database = await api.test.connectReplica({ maximumConnections: 3 });
  const mortal = toMortal(database);
  const { platform, stop } = await createTestPlatform(mortal.database);
  const node = await startNodeApplication({
    platform,
    identity: api.identity,
    listen: { host: '127.0.0.1', port: 0 },
    // Only the join's own statements count.
    timings: { scheduleEvery: 600_000, lostEvery: 600_000 },
  });
  await sleep(50);
  return {
    node,
    dieAfter: (statements) => mortal.dieAfter(statements),
    isDead: () => mortal.isDead,
    stop: async () => {
      await node.close();
      await stop();
      await database.close();
    },
  };
}

describe('S34 the API is killed while a machine joins', () => {
  it('S34 at any statement: the enrolment completes afterwards, with one node, one disk and one key', async () => {
    let died = 0;
    for (let statements = 0; ; statements++) {
      const machine = api.machine();
      const mortal = await startMortal();
      const peer = await api.peer(machine, mortal.node.url);
      const tickets: Ticket[] = [];
      mortal.dieAfter(statements);
      let failed = false;
      for (const [, step] of STEPS) {
        const response = await step(peer, tickets).catch(() => ({ status: 0 }));
        if (response.status === 200) continue;
        failed = true;
        break;
      }
      peer.close();
      await mortal.stop();
      if (!failed) break;
      expect(mortal.isDead()).toBe(true);
      died++;
      await resume(machine, tickets);
      await requireOneOfAll(machine, tickets);
    }
    // A join is no shorter than this; the loop has stopped at each of its statements.
    expect(died).toBeGreaterThan(15);
    expect(await verifyAuditChain(api.database.queries)).toMatchObject({ intact: true });
  }, 180_000);

  it.each(STEPS.map(([name], index) => [name, index] as const))(
    'S34 after it has committed the %s and before the machine hears of it',
    async (_, index) => {
      const machine = api.machine();
      const mortal = await startMortal();
      const peer = await api.peer(machine, mortal.node.url);
      const tickets: Ticket[] = [];
      for (const [, step] of STEPS.slice(0, index + 1)) expect((await step(peer, tickets)).status).toBe(200);
      peer.close();
      mortal.dieAfter(0);
      await mortal.stop();
      await resume(machine, tickets);
      await requireOneOfAll(machine, tickets);
    },
  );
});
