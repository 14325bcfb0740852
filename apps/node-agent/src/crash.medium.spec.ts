import { sha256, toHex } from '@asterism/bytes';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Status } from './status/status-file.ts';
import { eventually, useNode } from './testing/node-fixture.ts';

const node = useNode();
const isMember = ({ state, reason }: Status) => state === 'member' && reason === null;

/** Kills the agent when it has sent this request, which is never answered. */
async function killAt(path: string): Promise<void> {
  const { machine, api } = node;
  api.hold(path);
  machine.start();
  await eventually(() => api.seen(path).length === 1);
  expect(await machine.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  api.release(path);
}

/** One node, one disk, one key, a grant a boot. */
async function expectOneIdentity(status: Status, boots: number): Promise<void> {
  const { api } = node;
  expect(status.stateDiskKeySha256).toBe(toHex(await sha256(api.cluster.disk.key)));
  expect(new Set(api.cluster.granted.map(({ boot }) => boot)).size).toBe(boots);
  expect(api.cluster.granted).toHaveLength(boots);
  expect(api.cluster.nodeState).toBe('member');
  expect(api.cluster.disk.opened).toBe(true);
}

describe('S34 kill -9, then a restart on the same boot', () => {
  it.each([
    ['before it is attested', '/agent/v1/attestation'],
    ['before it has asked for a nonce', '/agent/v1/nonces'],
    ['while its enrolment is answered', '/agent/v1/enrolments'],
  ])('S34 %s: the boot goes on where it was', async (_, path) => {
    const { machine } = node;
    await killAt(path);
    machine.start();
    await expectOneIdentity(await machine.until(isMember), 1);
  });

  it('S34 while it waits for an approval: it goes on waiting, then joins', async () => {
    const { machine, api } = node;
    api.cluster.enrolment = { wait: 'approval' };
    machine.start();
    await machine.until(({ state }) => state === 'waiting');
    await machine.end('SIGKILL');
    machine.start();
    await machine.until(({ state }) => state === 'waiting');
    api.cluster.enrolment = 'grant';
    await expectOneIdentity(await machine.until(isMember), 1);
  });

  it.each([
    ['while the disk is reported open', 'disk-open'],
    ['once it is a member', 'member'],
  ] as const)('S34 %s: it goes on as a member without asking for secrets again', async (_, state) => {
    const { machine, api } = node;
    if (state === 'disk-open') await killAt('/agent/v1/progress');
    else {
      machine.start();
      await machine.until(isMember);
      await machine.end('SIGKILL');
    }
    const enrolled = api.seen('/agent/v1/enrolments').length;
    machine.start();
    await expectOneIdentity(await machine.until(isMember), 1);
    expect(api.seen('/agent/v1/enrolments')).toHaveLength(enrolled);
    expect(api.cluster.progress.at(-1)).toBe('member');
  });
});

describe('S34 kill -9, again and again', () => {
  it('S34 leaves the TPM usable: what a killed agent had loaded does not fill it', async () => {
    const { machine } = node;
    for (let kills = 0; kills < 5; kills++) {
      machine.start();
      await machine.until(isMember);
      await machine.end('SIGKILL');
    }
    machine.start();
    await expectOneIdentity(await machine.until(isMember), 1);
  });
});

describe('S20 a boot that is locked without an open disk', () => {
  const NEEDS_REBOOT = ({ state, reason }: Status) =>
    state === 'locked' && reason?.startsWith('needs reboot') === true;

  async function expectRecoveryByReboot(): Promise<void> {
    const { machine, api } = node;
    machine.start();
    const status = await machine.until(NEEDS_REBOOT);
    expect(status.stateDiskKeySha256).toBeNull();
    await eventually(() => api.streams === 1);
    expect(api.cluster.granted).toHaveLength(1);
    expect(api.cluster.nodeState).toBe('locked');
    await machine.end('SIGTERM');
    await machine.reboot();
    machine.start();
    await expectOneIdentity(await machine.until(isMember), 2);
  }

  it('S34 killed between lock and report: reports the lock, gets no key, says that it needs a reboot', async () => {
    await killAt('/agent/v1/lock');
    expect(node.api.cluster.locked.size).toBe(0);
    await expectRecoveryByReboot();
    expect(node.api.cluster.locked.size).toBe(2);
  });

  it('S34 killed between the lock and its record: the TPM knows', async () => {
    await killAt('/agent/v1/lock');
    const file = node.machine.file('state/node.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(record['step']).toBe('locked');
    await writeFile(file, JSON.stringify({ ...record, step: 'granted' }));
    await expectRecoveryByReboot();
  });

  it.each([
    ['lost', (file: string) => rm(file)],
    ['damaged', (file: string) => writeFile(file, '{')],
  ])('S34 a member whose record is %s does not claim an open disk', async (_, spoil) => {
    const { machine, api } = node;
    machine.start();
    await machine.until(isMember);
    await machine.end('SIGKILL');
    await spoil(machine.file('state/node.json'));
    machine.start();
    const status = await machine.until(NEEDS_REBOOT);
    expect(status).toMatchObject({ node: 'workers-1', stateDiskKeySha256: null });
    await machine.end('SIGTERM');
    await machine.reboot();
    machine.start();
    await expectOneIdentity(await machine.until(isMember), 2);
    expect(api.cluster.granted[1]?.ticket.stateDisk.format).toBe(false);
  });
});

describe('S20 a boot that is locked into something else', () => {
  it('S20 is refused, with PCR 15 named, and gets nothing', async () => {
    const { machine, api } = node;
    await machine.extend(15);
    machine.start();
    const status = await machine.until(({ state }) => state === 'refused');
    expect(status.findings.map(({ claim }) => claim)).toEqual(['tpm.pcr.15']);
    expect(api.seen('/agent/v1/enrolments')).toEqual([]);
  });
});

describe('an agent that cannot start', () => {
  it('ends with exit code 1 when its TPM is gone, for a supervisor to start it again', async () => {
    const { machine, api } = node;
    await node.configure(
      { kind: 'pinned-key', spkiSha256: '00'.repeat(32) },
      { tpm: 'unix:/nonexistent/tpm.sock' },
    );
    machine.start();
    expect(await machine.ended()).toEqual({ code: 1, signal: null });
    expect(machine.log).toContain('"code":"unreachable"');
    expect(api.requests).toEqual([]);
  });

  it('ends with exit code 2 and names the field when its state directory cannot be written', async () => {
    const { machine } = node;
    await node.configure(
      { kind: 'pinned-key', spkiSha256: '00'.repeat(32) },
      { stateDirectory: '/proc/asterism' },
    );
    machine.start();
    expect(await machine.ended()).toEqual({ code: 2, signal: null });
    expect(machine.log).toContain('stateDirectory: /proc/asterism cannot be written');
  });
});
