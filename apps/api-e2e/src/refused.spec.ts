import {
  activatePolicy,
  attestNode,
  createPolicy,
  listEnrolments,
  listKeys,
  listNodeAppraisals,
  listNodes,
  readNode,
  readPolicy,
  readPool,
  releaseNode,
  type Client,
} from '@asterism/api-client';
import { concat, utf8 } from '@asterism/bytes';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adminOf, need } from './sdk.ts';
import { TestMachine, type TestMachineOptions } from './test-machine.ts';
import { until } from './until.ts';

let up: RunningUp;
let admin: Client;
const machines: TestMachine[] = [];
const path = { cluster: 'local' };
const workers = { ...path, pool: 'workers' };

beforeAll(async () => {
  up = await startUp({ nodes: 1 });
  admin = await adminOf(up);
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.dispose();
});
afterAll(() => up?.dispose());

async function boot(options: Omit<TestMachineOptions, 'data'>): Promise<TestMachine> {
  const machine = await TestMachine.create({ data: up.data, ...options });
  machines.push(machine);
  machine.startAgent();
  return machine;
}

const nodeNames = async () => (await need(listNodes({ client: admin, path }))).items.map(({ name }) => name);
const diskKeys = async () =>
  (await need(listKeys({ client: admin, path }))).items.filter(({ purpose }) => purpose === 'state-disk')
    .length;

/** Activates the workers' policy with another interval, as an operator would. */
async function setInterval(seconds: number): Promise<number> {
  const pool = await need(readPool({ client: admin, path: workers }));
  const active = await need(
    readPolicy({ client: admin, path: { ...workers, version: pool.activePolicyVersion ?? 1 } }),
  );
  const document = { ...active.document, reattestationInterval: seconds };
  const { version } = await need(createPolicy({ client: admin, path: workers, body: { document } }));
  const headers = { 'If-Match': `"${pool.revision}"` };
  await need(activatePolicy({ client: admin, path: { ...workers, version }, headers }));
  return version;
}

describe('a machine that differs', () => {
  it.each([
    {
      what: 'by one byte of its agent',
      machine: { name: 'one-byte', bundle: (agent: Uint8Array) => concat(agent, utf8('\n')) },
      claim: 'tpm.pcr.4',
      event: /agent bundle/,
    },
    {
      what: 'by its kernel command line',
      machine: { name: 'command-line', measured: { kernelCommandLine: 'init=/bin/sh' } },
      claim: 'tpm.pcr.8',
      event: /kernel command line: init=\/bin\/sh/,
    },
  ])(
    '$what is refused with the PCR and the event named, and gets nothing',
    async ({ machine, claim, event }) => {
      const before = { nodes: await nodeNames(), keys: await diskKeys() };
      const refused = await boot(machine);
      const status = await refused.reaches('refused');
      const findings = status.findings.filter((finding) => finding.claim.startsWith('tpm.pcr.'));
      expect(findings).toEqual([
        expect.objectContaining({ claim, code: 'pcr-mismatch', event: expect.stringMatching(event) }),
      ]);
      const enrolment = await until('the refusal is on record', async () =>
        (await need(listEnrolments({ client: admin, path }))).items.find(
          ({ state, appraisal }) =>
            state === 'refused' && appraisal?.findings.some((finding) => finding.claim === claim),
        ),
      );
      expect(enrolment.nodeId).toBeNull();
      expect({ nodes: await nodeNames(), keys: await diskKeys() }).toEqual(before);
      expect(await refused.log()).not.toMatch(/"state":"locked"/);
    },
  );
});

describe('a member', () => {
  it('whose PCR moves is quarantined within one interval, and stays so until it is released', async () => {
    const machine = await boot({ name: 'moves' });
    const { node, stateDiskKeySha256 } = await machine.reaches('member');
    const nodePath = { ...path, node: node ?? '' };
    const version = await setInterval(2);
    await until('the change of policy re-attests it', async () =>
      (await need(listNodeAppraisals({ client: admin, path: nodePath }))).items.find(
        ({ trigger, policyVersion }) => trigger === 'policy-changed' && policyVersion === version,
      ),
    );

    const moved = Date.now();
    await machine.tpm().pcrExtend(11, new Map([['sha256', new Uint8Array(32).fill(7)]]));
    const quarantined = await until('it is quarantined', async () => {
      const now = await need(readNode({ client: admin, path: nodePath }));
      return now.state === 'quarantined' ? now : undefined;
    });
    // One interval, and what an answer takes on a loaded machine.
    expect(Date.now() - moved).toBeLessThan(2_000 + 5_000);
    expect(quarantined.stateReason).toMatch(/tpm\.pcr\.11/);
    expect((await machine.reaches('quarantined')).reason).toMatch(/tpm\.pcr\.11/);

    // It boots well again, and still may do nothing before an operator has looked.
    await machine.reboot();
    await machine.reaches('quarantined');
    expect((await need(readNode({ client: admin, path: nodePath }))).state).toBe('quarantined');
    await need(releaseNode({ client: admin, path: nodePath, body: { reason: 'looked at it' } }));
    const back = await machine.reaches('member');
    expect(back).toMatchObject({ node, stateDiskKeySha256 });
    await setInterval(60);
  });

  it('that stops answering is lost, which is no failure, and comes back', async () => {
    const machine = await boot({ name: 'silent' });
    const { node } = await machine.reaches('member');
    const nodePath = { ...path, node: node ?? '' };
    await machine.endAgent('SIGKILL');
    const lost = await until('it is lost', async () => {
      const now = await need(readNode({ client: admin, path: nodePath }));
      return now.state === 'lost' ? now : undefined;
    });
    expect(lost).toMatchObject({ connection: null, lastAppraisal: { outcome: 'accepted' } });
    const asked = await attestNode({ client: admin, path: nodePath });
    expect((asked.error as { code?: string }).code).toBe('node-offline');
    machine.startAgent();
    await until('it is a member again', async () => {
      const { state } = await need(readNode({ client: admin, path: nodePath }));
      return state === 'member';
    });
  });

  it('is attested on demand', async () => {
    const [name = ''] = await nodeNames();
    const appraisal = await need(attestNode({ client: admin, path: { ...path, node: name } }));
    expect(appraisal).toMatchObject({ outcome: 'accepted', trigger: 'operator' });
  });
});
