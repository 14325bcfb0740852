import { NO_COLLATERAL } from '@asterism/attestation';
import { MINT_AT, mintedPolicy, mintGuest, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { canMount } from '@asterism/testkit/kernel';
import type { PolicyDocument } from '@asterism/contracts';
import type { SoftwareTpm } from '@asterism/tpm-device';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from './status/status-file.ts';
import { BOOT_ID, CloudMachine } from './testing/cloud-machine.ts';
import { eventually, PINNED_KEY, pinOf } from './testing/node-fixture.ts';
import { ScriptedApi } from './testing/scripted-api.ts';
import { writeBlankDisk } from './testing/test-machine.ts';

/** Lock of each boot, as the API sees it: before, and after the agent made it. */
const VARIANTS = [
  ['sev-snp', 'unmeasured', 'unmeasured'],
  ['tdx', 'open', 'locked'],
  ['azure-sev-snp', 'open', 'locked'],
  ['azure-tdx', 'open', 'locked'],
  ['aws-sev-snp', 'open', 'locked'],
] as const;
type Tried = (typeof VARIANTS)[number][0];

describe.skipIf(!(await canMount()))('the agent of a confidential machine (needs root and /dev/fuse)', () => {
  let tpms: SoftwareTpms;
  let software: SoftwareTpm;
  let directory: string;
  let cloud: CloudMachine;
  let api: ScriptedApi<PolicyDocument>;
  let agent: ChildProcess;
  let output = '';
  beforeAll(async () => {
    tpms = await softwareTpms();
    software = await tpms.start('a');
  });
  afterAll(() => tpms.remove());
  beforeEach(async () => {
    await software.reboot();
    directory = await mkdtemp(join(tmpdir(), 'asterism-tee-'));
  });
  afterEach(async () => {
    await stop();
    await api.stop();
    await cloud.close();
    await rm(directory, { recursive: true });
    expect(api.faults).toEqual([]);
  });

  async function boot(variant: Tried): Promise<void> {
    cloud = await CloudMachine.boot(variant, software.dataSocket);
    const { snp, tdx, roots } = cloud;
    const policy = mintedPolicy(await mintGuest(variant, { product: 'Genoa' }));
    api = new ScriptedApi<PolicyDocument>(policy, { identityKey: PINNED_KEY.privateKey });
    const collateral = {
      ...NO_COLLATERAL,
      certificates: [snp.leaf, ...snp.intermediates],
      crls: [await snp.pki.crl()],
      tdx: [await tdx.collateral()],
    };
    api.cluster.attestation.trust = { roots, collateral, now: () => MINT_AT };
    await api.start();
    const spkiSha256 = await pinOf(PINNED_KEY.publicKey);
    await write('shared.json', {
      schema: 'asterism/agent-shared/v1',
      cluster: 'local',
      pool: 'workers',
      api: { url: api.url, expectation: { kind: 'pinned-key', spkiSha256 } },
    });
    await writeBlankDisk(join(directory, 'state.img'));
    await write('agent.json', {
      schema: 'asterism/agent/v1',
      stateDirectory: join(directory, 'state'),
      variant,
      tpm: variant === 'sev-snp' || variant === 'tdx' ? null : cloud.tpmAddress,
      eventLog: null,
      deviceRoots: cloud.deviceRoots,
      azureMetadata: cloud.metadata,
      stateDisk: { id: 'disk-1', device: join(directory, 'state.img'), activation: 'header-only' },
      statusFile: join(directory, 'status.json'),
    });
  }

  const write = (name: string, document: object) =>
    writeFile(join(directory, name), JSON.stringify(document));

  function start(): void {
    const files = ['--config', join(directory, 'agent.json'), '--shared', join(directory, 'shared.json')];
    agent = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    output = '';
    for (const stream of [agent.stdout, agent.stderr]) {
      stream?.on('data', (part: Buffer) => (output += part.toString()));
    }
  }

  async function stop(): Promise<void> {
    if (agent.exitCode !== null || agent.signalCode !== null) return;
    const ended = once(agent, 'close');
    agent.kill('SIGTERM');
    await ended;
  }

  async function until(state: Status['state']): Promise<Status> {
    for (const deadline = Date.now() + 20_000; ;) {
      const text = await readFile(join(directory, 'status.json'), 'utf8').catch(() => 'null');
      const status = JSON.parse(text) as Status | null;
      if (status?.state === state && status.pid === agent.pid) return status;
      if (Date.now() > deadline) throw new Error(`${text}\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it.each(VARIANTS)('becomes a member, locked as its TEE can be: %s', async (variant, before, after) => {
    await boot(variant);
    start();
    const status = await until('member');
    const { appraisals, claimed } = api.cluster.attestation;
    expect(appraisals.map(({ purpose, appraisal }) => [purpose, appraisal.lock])).toEqual([
      ['connection', before],
      ['enrolment', before],
      ['lock', after],
    ]);
    const [first] = appraisals;
    expect(claimed).toMatchObject({ variant, identity: first?.appraisal.verified.identity });
    expect(status.boot).toBe(first?.appraisal.verified.bootIdentity ?? BOOT_ID);
    expect(api.cluster.progress).toEqual(['disk-open', 'member']);
  });

  it.each(VARIANTS)(
    'S20 goes on as the member that it was when its agent is started again: %s',
    async (variant) => {
      await boot(variant);
      start();
      await until('member');
      await stop();
      start();
      await until('member');
      expect(api.cluster.granted).toHaveLength(1);
      expect(api.seen('/agent/v1/enrolments')).toHaveLength(1);
      await eventually(() => api.streams === 1);
    },
  );
});
