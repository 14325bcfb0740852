import {
  approveEnrolment,
  createPolicy,
  activatePolicy,
  listEnrolments,
  listKeys,
  listNodes,
  readPolicy,
  readPool,
  verifyAudit,
  type Client,
} from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl } from './commands.ts';
import { adminOf, need } from './sdk.ts';
import { TestMachine } from './test-machine.ts';
import { until } from './until.ts';

let up: RunningUp;
let admin: Client;
const path = { cluster: 'local' };
const workers = { ...path, pool: 'workers' };

beforeAll(async () => {
  up = await startUp({ nodes: 1 });
  admin = await adminOf(up);
});
afterAll(() => up?.dispose());

/** S34 in one look: one node, one disk key and one completed enrolment a machine, and an unbroken audit chain. */
async function expectOneOfEach(machines: number): Promise<void> {
  const { items: nodes } = await need(listNodes({ client: admin, path }));
  const { items: keys } = await need(listKeys({ client: admin, path }));
  const { items: enrolments } = await need(listEnrolments({ client: admin, path }));
  const disks = keys.filter(({ purpose }) => purpose === 'state-disk');
  expect(new Set(nodes.map(({ identity }) => identity)).size).toBe(nodes.length);
  expect(nodes).toHaveLength(machines);
  expect(new Set(disks.map(({ owner }) => owner)).size).toBe(disks.length);
  expect(disks).toHaveLength(machines);
  expect(disks.every(({ version }) => version === 1)).toBe(true);
  expect(enrolments.map(({ state }) => state)).toEqual(enrolments.map(() => 'completed'));
  expect(new Set(enrolments.map(({ identity }) => identity)).size).toBe(machines);
  expect(await need(verifyAudit({ client: admin }))).toMatchObject({ intact: true });
}

async function apiPid(): Promise<number> {
  const ready = JSON.parse(await readFile(join(up.data, 'run/api-ready.json'), 'utf8')) as { pid: number };
  return ready.pid;
}

const answers = async () =>
  (await curl(up.ready, '/health/ready').catch(() => ({ status: 0 }))).status === 200;

async function requireApproval(approval: 'required' | 'automatic'): Promise<void> {
  const pool = await need(readPool({ client: admin, path: workers }));
  const active = await need(
    readPolicy({ client: admin, path: { ...workers, version: pool.activePolicyVersion ?? 1 } }),
  );
  const document = { ...active.document, approval };
  const { version } = await need(createPolicy({ client: admin, path: workers, body: { document } }));
  const headers = { 'If-Match': `"${pool.revision}"` };
  await need(activatePolicy({ client: admin, path: { ...workers, version }, headers }));
}

describe('S34 kill -9', () => {
  let members = 1;

  it.each(['attesting', 'locked', 'disk-open', 'member'])(
    'of an agent that is %s: it completes after a restart, as the same node with the same key',
    async (state) => {
      const machine = await TestMachine.create({ data: up.data, name: `killed-${state}` });
      try {
        machine.startAgent();
        await machine.reaches(state, 'member');
        await machine.endAgent('SIGKILL');
        machine.startAgent();
        // Killed between lock and open disk, the boot can get no secret again: the machine has to reboot, and says so.
        const status = await machine.shows(
          'a member, or says what it needs',
          ({ state: now, reason }) => now === 'member' || /needs reboot/.test(reason ?? ''),
        );
        if (status.state !== 'member') await machine.reboot();
        const joined = await machine.reaches('member');
        await machine.reboot();
        const rebooted = await machine.reaches('member');
        expect(rebooted.node).toBe(joined.node);
        expect(rebooted.stateDiskKeySha256).toBe(joined.stateDiskKeySha256);
        members += 1;
        await expectOneOfEach(members);
      } finally {
        await machine.dispose();
      }
    },
  );

  it('of the API while machines enrol: they complete, and no second identity or key exists', async () => {
    const machines = await Promise.all(
      ['a', 'b', 'c'].map((name) => TestMachine.create({ data: up.data, name: `api-killed-${name}` })),
    );
    try {
      for (const [index, machine] of machines.entries()) {
        machine.startAgent();
        await delay(150 + 250 * index);
        process.kill(await apiPid(), 'SIGKILL');
        await until('the API is back', answers);
      }
      for (const machine of machines) await machine.reaches('member');
      members += machines.length;
      await expectOneOfEach(members);
    } finally {
      for (const machine of machines) await machine.dispose();
    }
  });

  it('of the API between waiting and approval: the machine waits on, and the approval counts', async () => {
    await requireApproval('required');
    const machine = await TestMachine.create({ data: up.data, name: 'waiting' });
    try {
      machine.startAgent();
      expect((await machine.reaches('waiting')).reason).toMatch(/approval/);
      process.kill(await apiPid(), 'SIGKILL');
      await until('the API is back', answers);
      const waiting = (await need(listEnrolments({ client: admin, path }))).items.find(
        ({ state }) => state === 'waiting',
      );
      const enrolment = { ...path, enrolment: waiting?.id ?? '' };
      // S22 The approval is for the identity that was shown, and for no other.
      const wrong = await approveEnrolment({
        client: admin,
        path: enrolment,
        body: { identity: 'ab'.repeat(32) },
      });
      expect((wrong.error as { code?: string }).code).toBe('enrolment-unknown');
      await need(
        approveEnrolment({ client: admin, path: enrolment, body: { identity: waiting?.identity ?? '' } }),
      );
      process.kill(await apiPid(), 'SIGKILL');
      await until('the API is back', answers);
      await machine.reaches('member');
      members += 1;
      await expectOneOfEach(members);
    } finally {
      await machine.dispose();
      await requireApproval('automatic');
    }
  });

  it('of the database: the API starts it again, and nothing acknowledged is lost', async () => {
    const before = await need(listNodes({ client: admin, path }));
    const pidFile = await readFile(join(up.data, 'api/postgres/data/postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
    await until('the API is ready again', answers, 60);
    const after = await need(listNodes({ client: admin, path }));
    expect(after.items.map(({ id }) => id)).toEqual(before.items.map(({ id }) => id));
    expect(await need(verifyAudit({ client: admin }))).toMatchObject({ intact: true });
  });
});
