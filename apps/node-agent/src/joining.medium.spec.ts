import { lockedPcr15 } from '@asterism/attestation';
import { sha256, toBase64url, toHex } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, useNode } from './testing/node-fixture.ts';

const node = useNode();
const ZERO = '00'.repeat(32);

describe('joining', () => {
  it('attests, locks, opens its disk and becomes a member, on one connection', async () => {
    const { machine, api } = node;
    machine.start();
    const status = await machine.until(({ state }) => state === 'member');
    expect(status).toMatchObject({ node: 'workers-1', reason: null, findings: [], pid: machine.pid });
    expect(status.boot).toBe(api.cluster.granted[0]?.boot);
    expect(status.stateDiskKeySha256).toBe(toHex(await sha256(api.cluster.disk.key)));
    expect(
      api.cluster.attestation.appraisals.map(({ purpose, appraisal }) => [purpose, appraisal.lock]),
    ).toEqual([
      ['connection', 'open'],
      ['enrolment', 'open'],
      ['lock', 'locked'],
    ]);
    await eventually(() => api.streams === 1);
    expect(api.cluster.progress).toEqual(['disk-open', 'member']);
    expect(new Set(api.requests.map(({ connection }) => connection)).size).toBe(1);
    expect(await machine.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await machine.pcr(15)).toBe(toHex(await lockedPcr15('sha256', api.cluster.clusterId)));
  });

  it('quotes exactly what the policy compares, with the log of its boot and the chain of its EK', async () => {
    const { machine, api } = node;
    machine.start();
    await machine.until(({ state }) => state === 'member');
    const [first] = api.cluster.attestation.appraisals;
    expect([...(first?.appraisal.verified.quote?.pcrs.keys() ?? [])]).toEqual([4, 11, 15]);
    expect(first?.appraisal.verified.quote?.endorsementCertificate.kind).toBe('trusted');
    expect(first?.appraisal.verified.quote?.events?.map(({ description }) => description)).toEqual([
      'agent bundle',
      'configuration',
    ]);
    expect(api.cluster.attestation.activations).toEqual([first?.appraisal.verified.identity]);
  });

  it('S20 the lock comes before any use of the key: nothing is opened while the lock is not reported', async () => {
    const { machine, api } = node;
    api.hold('/agent/v1/lock');
    machine.start();
    const locked = await machine.until(({ state }) => state === 'locked');
    await eventually(() => api.seen('/agent/v1/lock').length === 1);
    expect(locked.stateDiskKeySha256).toBeNull();
    expect((await readFile(machine.file('state.img'))).every((byte) => byte === 0)).toBe(true);
    api.release('/agent/v1/lock');
    await machine.until(({ state }) => state === 'member');
    expect(api.cluster.attestation.appraisals.at(-1)).toMatchObject({
      purpose: 'lock',
      appraisal: { lock: 'locked' },
    });
  });

  it('waits for an approval, shows that it does, and goes on once it is given', async () => {
    const { machine, api } = node;
    api.cluster.enrolment = { wait: 'approval' };
    machine.start();
    const waiting = await machine.until(({ state }) => state === 'waiting');
    expect(waiting).toMatchObject({ reason: 'approval', node: null });
    expect(api.cluster.granted).toEqual([]);
    api.cluster.enrolment = 'grant';
    const { since } = await machine.until(({ state }) => state === 'member');
    // Retry-After of the script is one second.
    expect(Date.parse(since) - Date.parse(waiting.since)).toBeGreaterThanOrEqual(1_000);
    expect(new Set(api.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  it('keeps the reasons of a refusal, asks again, and joins once the policy accepts the machine', async () => {
    const { machine, api } = node;
    const good = api.cluster.attestation.policy;
    const values = [{ digest: 'ab'.repeat(32), comment: 'another agent' }];
    const pcrs = { ...good.tpm.pcrs, '4': { mode: 'enforce' as const, values } };
    api.cluster.attestation.policy = { ...good, tpm: { ...good.tpm, pcrs } };
    machine.start();
    const refused = await machine.until(({ state }) => state === 'refused');
    expect(refused.reason).toContain('evidence-refused');
    expect(refused.findings.map(({ claim }) => claim)).toEqual(['tpm.pcr.4']);
    expect(refused.findings[0]?.event).toContain('agent bundle');
    await eventually(() => api.seen('/agent/v1/attestation').length >= 2);
    api.cluster.attestation.policy = good;
    const member = await machine.until(({ state }) => state === 'member');
    expect(member).toMatchObject({ reason: null, findings: [] });
  });

  it('does not lock into a cluster whose identity does not follow from the ticket’s secret', async () => {
    const { machine, api } = node;
    api.cluster.claimedClusterId = randomBytes(32);
    machine.start();
    const refused = await machine.until(({ state }) => state === 'refused');
    expect(refused.reason).toContain('ticket-invalid');
    await machine.end('SIGTERM');
    expect(await machine.pcr(15)).toBe(ZERO);
    expect(await readdir(machine.file('state'))).toEqual(['attestation-key.json']);
  });

  it('S29 writes no secret of the ticket into its log, status or state directory', async () => {
    const { machine, api } = node;
    machine.start();
    await machine.until(({ state }) => state === 'member');
    await machine.end('SIGTERM');
    const state = await readdir(machine.file('state'));
    expect(state.toSorted()).toEqual(['attestation-key.json', 'node.json']);
    const files = [...state.map((name) => `state/${name}`), 'status.json'];
    const texts = await Promise.all(files.map((name) => readFile(machine.file(name), 'utf8')));
    const disk = await readFile(machine.file('state.img'), 'latin1');
    const written = [machine.log, disk, ...texts].join('\n');
    expect(written).toContain('"state":"member"');
    const { stateDisk, cluster } = api.cluster.granted[0]?.ticket ?? {};
    for (const secret of [stateDisk?.key, cluster?.measurementSecret]) {
      const bytes = Buffer.from(secret ?? '', 'base64url');
      expect(bytes).toHaveLength(32);
      const spellings = [
        secret,
        ...(['hex', 'base64', 'latin1'] as const).map((code) => bytes.toString(code)),
      ];
      for (const text of spellings) expect(written.includes(text ?? '')).toBe(false);
    }
  });
});

describe('after a reboot', () => {
  it('joins as the same node with the same key', async () => {
    const { machine, api } = node;
    machine.start();
    const first = await machine.until(({ state }) => state === 'member');
    await machine.end('SIGTERM');
    await machine.reboot();
    machine.start();
    const second = await machine.until(({ state }) => state === 'member');
    expect(second.boot).not.toBe(first.boot);
    expect(second).toMatchObject({ node: first.node, stateDiskKeySha256: first.stateDiskKeySha256 });
    expect(api.cluster.granted.map(({ ticket }) => [ticket.kind, ticket.stateDisk.format])).toEqual([
      ['join', true],
      ['rejoin', false],
    ]);
    expect(api.cluster.attestation.activations).toHaveLength(1);
  });

  it('makes a new attestation key when its blobs are lost or another TPM’s, and has it activated again', async () => {
    const { machine, api } = node;
    machine.start();
    await machine.until(({ state }) => state === 'member');
    await machine.end('SIGTERM');
    const blobs = JSON.parse(await readFile(machine.file('state/attestation-key.json'), 'utf8')) as Record<
      string,
      string
    >;
    const foreign = {
      ...blobs,
      private: toBase64url(randomBytes(Buffer.from(blobs['private'] ?? '', 'base64url').length)),
    };
    await writeFile(machine.file('state/attestation-key.json'), JSON.stringify(foreign));
    await machine.reboot();
    machine.start();
    await machine.until(({ state }) => state === 'member');
    const [first, second] = api.cluster.attestation.activations;
    expect(api.cluster.attestation.activations).toHaveLength(2);
    expect(second).toBe(first);
    const after = JSON.parse(await readFile(machine.file('state/attestation-key.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect(after['public']).not.toBe(blobs['public']);
  });
});
