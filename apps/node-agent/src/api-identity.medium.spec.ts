import { sha256, toHex } from '@asterism/bytes';
import type { PolicyOf } from '@asterism/contracts';
import { decodePublic, extendMeasuredLaunch, measureLaunch, Tpm, EVENT_TYPE, toSpki } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { fromBase64url } from '@asterism/bytes';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from './machine/machine.ts';
import { openTpmMachine } from './machine/tpm-machine.ts';
import { eventually, PINNED_KEY, pinOf, useNode } from './testing/node-fixture.ts';
import { policyOf } from './testing/test-machine.ts';

const node = useNode();
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let directory: string;
let tpm: SoftwareTpm;
let apiMachine: Machine;
/** What a node expects of an API on `apiMachine`. */
let apiPolicy: PolicyOf<'tpm'>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asterism-api-'));
  const at = join(directory, 'tpm');
  await createSoftwareTpm({ directory: at, certificateAuthority: { directory: join(directory, 'ca') } });
  tpm = await startSoftwareTpm({ directory: at });
  const launch = await measureLaunch(
    [{ pcr: 4, eventType: EVENT_TYPE.EV_IPL, description: 'api bundle', digestOf: new Uint8Array([1]) }],
    'sha256',
  );
  const commands = new Tpm(await openTpmUnixSocket(tpm.dataSocket));
  await extendMeasuredLaunch(commands, launch);
  await commands.close();
  apiMachine = await openTpmMachine({
    tpm: `unix:${tpm.dataSocket}`,
    attestationKeyFile: join(directory, 'attestation-key.json'),
    eventLog: launch.eventLog,
    ekIssuers: [],
    target: { cluster: 'none', pool: 'none' },
  });
  const identity = await apiMachine.identity();
  if (identity.variant !== 'tpm') throw new Error(identity.variant);
  const spki = toSpki(decodePublic(fromBase64url(identity.akPublic)));
  apiPolicy = policyOf(launch, { trust: 'pinned', keys: [toHex(await sha256(spki))] });
});
afterAll(async () => {
  await apiMachine.close();
  await tpm.stop();
  await rm(directory, { recursive: true });
});

/** The agent asked, saw who answered, said nothing more, and asks again later. */
async function expectSilence(code: string): Promise<void> {
  const { machine, api } = node;
  machine.start();
  const status = await machine.until(({ reason }) => reason !== null);
  expect(status.state).toBe('attesting');
  expect(status.reason).toContain(code);
  await eventually(() => api.seen('/agent/v1/attestation/challenge').length >= 2);
  const paths = new Set(api.requests.map(({ path }) => path));
  expect([...paths]).toEqual(['/agent/v1/attestation/challenge']);
  expect(api.cluster.attestation.appraisals).toEqual([]);
  expect(machine.log).toContain(code);
}

describe('S07 an API that is not the one the node was configured for hears nothing more', () => {
  it('S07 another pinned key', async () => {
    await node.configure({ kind: 'pinned-key', spkiSha256: await pinOf(other.publicKey) });
    await expectSilence('pinned-key-mismatch');
  });

  it('S07 no proof of the pinned key', async () => {
    await node.serve({});
    await node.configure({ kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) });
    await expectSilence('identity-missing');
  });

  it('S07 the pinned key, signed for another connection', async () => {
    await node.serve({ identityKey: PINNED_KEY.privateKey, staleBinding: randomBytes(32) });
    await node.configure({ kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) });
    await expectSilence('identity-proof-invalid');
  });

  it('S07 no evidence', async () => {
    await node.serve({ identityKey: PINNED_KEY.privateKey });
    await node.configure({ kind: 'evidence', policy: apiPolicy });
    await expectSilence('identity-missing');
  });

  it('S07 another measurement', async () => {
    const values = [{ digest: 'cd'.repeat(32), comment: 'another API' }];
    const pcrs = { '4': { mode: 'enforce' as const, values } };
    await node.serve({ attester: apiMachine });
    await node.configure({ kind: 'evidence', policy: { ...apiPolicy, tpm: { ...apiPolicy.tpm, pcrs } } });
    await expectSilence('tpm.pcr.4');
  });

  it('S07 somebody else’s API: the right measurements by another TPM', async () => {
    const attestationKey = { trust: 'pinned' as const, keys: ['ef'.repeat(32)] };
    await node.serve({ attester: apiMachine });
    await node.configure({
      kind: 'evidence',
      policy: { ...apiPolicy, tpm: { ...apiPolicy.tpm, attestationKey } },
    });
    await expectSilence('tpm.ak.key');
  });

  it('S07 the right evidence, made for another connection', async () => {
    await node.serve({ attester: apiMachine, staleBinding: randomBytes(32) });
    await node.configure({ kind: 'evidence', policy: apiPolicy });
    await expectSilence('evidence-refused');
  });
});

describe('the API that the node was configured for', () => {
  it('is known by the evidence of its TPM', async () => {
    await node.serve({ attester: apiMachine });
    await node.configure({ kind: 'evidence', policy: apiPolicy });
    node.machine.start();
    await node.machine.until(({ state }) => state === 'member');
  });

  it('is asked again after it was somebody else’s', async () => {
    await node.serve({ identityKey: other.privateKey });
    await node.configure({ kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) });
    node.machine.start();
    await node.machine.until(({ reason }) => reason?.includes('pinned-key-mismatch') === true);
    node.api.cluster.attestation.proof = { identityKey: PINNED_KEY.privateKey };
    await node.machine.until(({ state, reason }) => state === 'member' && reason === null);
  });
});
