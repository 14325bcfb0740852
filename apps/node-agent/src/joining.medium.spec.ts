import { sha256, toHex } from '@asterism/bytes';
import { lockedPcr15 } from '@asterism/attestation';
import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildBundle } from './testing/build-bundle.ts';
import { ScriptedApi } from './testing/scripted-api.ts';
import { TestMachine } from './testing/test-machine.ts';

let bundle: string;
let machine: TestMachine;
let api: ScriptedApi;
const identity = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const shared = async () => ({
  schema: 'asterism/agent-shared/v1',
  cluster: 'local',
  pool: 'workers',
  api: {
    url: api.url,
    expectation: {
      kind: 'pinned-key',
      spkiSha256: toHex(await sha256(identity.publicKey.export({ type: 'spki', format: 'der' }))),
    },
  },
  stream: { keepaliveSeconds: 5 },
});

beforeAll(async () => {
  bundle = await buildBundle('main');
});
afterAll(() => rm(dirname(bundle), { recursive: true }));
beforeEach(async () => {
  machine = await TestMachine.create(bundle);
  api = new ScriptedApi({ policy: await machine.policy(), identityKey: identity.privateKey });
  await api.start();
  await machine.configure(await shared());
});
afterEach(async () => {
  await machine.destroy();
  await api.stop();
  expect(api.faults).toEqual([]);
});

describe('joining', () => {
  it('attests, locks, opens its disk and becomes a member', async () => {
    machine.start();
    const status = await machine.until(({ state }) => state === 'member');
    expect(status).toMatchObject({ node: 'workers-1', reason: null, findings: [], pid: machine.pid });
    expect(status.stateDiskKeySha256).toBe(toHex(await sha256(api.cluster.stateDiskKey)));
    expect(
      api.cluster.appraisals.map(({ purpose, appraisal }) => [purpose, appraisal.result.outcome]),
    ).toEqual([
      ['connection', 'accepted'],
      ['enrolment', 'accepted'],
      ['lock', 'accepted'],
    ]);
    expect(api.cluster.progress).toEqual(['disk-open', 'member']);
    expect(new Set(api.requests.map(({ connection }) => connection)).size).toBe(1);
    expect(await machine.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await machine.pcr(15)).toBe(toHex(await lockedPcr15('sha256', api.cluster.clusterId)));
  });
});
