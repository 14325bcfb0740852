import { collectEvidence, lockDigest, toMachineIdentity } from '@asterism/attestation';
import {
  connectAttested,
  createTlsIdentity,
  type AgentAttester,
  type ApiExpectation,
} from '@asterism/attested-tls';
import { concat, fromBase64url, fromHex, sha256, toBase64url, toHex } from '@asterism/bytes';
import { enrolmentResponseSchema, selfSchema, type PolicyOf } from '@asterism/contracts';
import { activateCredential, createEk, encodePublic, Tpm } from '@asterism/tpm';
import { openAttestationKey, openTpmUnixSocket, type SoftwareTpm } from '@asterism/tpm-device';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { PCR_4, testPolicy } from '../testing/test-policy.ts';
import { OwnTpm } from '../platform/own-tpm.ts';
import { ApiAttester } from './api-attester.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const extend = (tpm: Tpm, pcr: number, digest: Uint8Array) =>
  tpm.pcrExtend(pcr, new Map([['sha256', digest]]));

let tpms: SoftwareTpms;
let own: OwnTpm;
let spki: string;
let attester: ApiAttester;
let api: TestNodeApi;
let machine: { readonly tpm: Tpm; readonly swtpm: SoftwareTpm; readonly attester: AgentAttester };

beforeAll(async () => {
  tpms = await softwareTpms();
  own = new OwnTpm(`unix:${(await tpms.start('api')).dataSocket}`);
  await extend(own.tpm, 4, random(32));
  attester = await ApiAttester.open({
    own,
    keyFile: join(tpms.directory, 'attestation-key.json'),
    eventLog: undefined,
  });
  spki = (await attester.attestationKeySpki()) ?? '';
  const swtpm = await tpms.start('node');
  const tpm = await openSwtpm(swtpm);
  const { ek, identity } = await endorsementKeyOf(tpm);
  api = await startTestNodeApi({
    tpm: attester,
    alsoAllow: [identity],
    pcr4: await extended(PCR_4),
  });
  machine = { tpm, swtpm, attester: await attesterOf(tpm, ek) };
});
afterAll(async () => {
  await api.stop();
  await own.close();
  await machine.tpm.close();
  await tpms.remove();
});

async function openSwtpm({ dataSocket }: SoftwareTpm): Promise<Tpm> {
  return new Tpm(await openTpmUnixSocket(dataSocket));
}

/** A PCR that was zero. */
function extended(digest: Uint8Array): Promise<Uint8Array> {
  return sha256(concat(new Uint8Array(32), digest));
}

async function endorsementKeyOf(tpm: Tpm) {
  const ek = await createEk(tpm, 'L-2');
  return { ek, identity: await toMachineIdentity(encodePublic(ek.public)) };
}

/** The agent's side over a real TPM, as small as it can be. */
async function attesterOf(tpm: Tpm, ek: Awaited<ReturnType<typeof createEk>>): Promise<AgentAttester> {
  const { key: ak } = await openAttestationKey(tpm, join(tpms.directory, 'node-key.json'));
  return {
    identity: async () => ({
      variant: 'tpm',
      cluster: 'production',
      pool: 'control-plane',
      ekPublic: toBase64url(encodePublic(ek.public)),
      akPublic: toBase64url(ak.publicArea),
    }),
    collect: (order) =>
      collectEvidence({ variant: 'tpm', tpm, ak, eventLog: null, ekCertificates: [] }, order),
    activate: ({ credentialBlob, secret }) =>
      activateCredential(
        tpm,
        { ak, ek },
        { credentialBlob: fromBase64url(credentialBlob), secret: fromBase64url(secret) },
      ),
  };
}

/** What nodes expect of the API: its attestation key, and what its PCR 4 is. */
function expectationOf(pcr4: string): ApiExpectation {
  const { tpm, ...fields } = testPolicy([]);
  const policy: PolicyOf<'tpm'> = {
    ...fields,
    tpm: {
      ...tpm,
      pcrs: { '4': { mode: 'enforce', values: [{ digest: pcr4, comment: 'API' }] } },
      attestationKey: { trust: 'pinned', keys: [spki] },
    },
  };
  return { kind: 'evidence', policy };
}

async function currentPcr4(): Promise<string> {
  return toHex((await own.tpm.pcrRead('sha256', [4])).get(4) ?? new Uint8Array());
}

async function connect(expectation: ApiExpectation) {
  return connectAttested({
    url: new URL(api.node.url),
    identity: await createTlsIdentity(new Date(), random),
    expectation,
    random,
    now: () => new Date(),
    connectTimeout: 5_000,
    keepalive: { interval: 10_000, timeout: 5_000 },
  });
}

describe('the API with a TPM of its own', () => {
  it('keeps its attestation key over a restart', async () => {
    const again = await ApiAttester.open({
      own,
      keyFile: join(tpms.directory, 'attestation-key.json'),
      eventLog: undefined,
    });
    expect(await again.attestationKeySpki()).toMatch(/^[0-9a-f]{64}$/);
    expect(await again.attestationKeySpki()).toBe(await attester.attestationKeySpki());
  });

  it('proves itself to a node by evidence, and a node with a real TPM joins', async () => {
    await extend(machine.tpm, 4, PCR_4);
    const client = await connect(expectationOf(await currentPcr4()));
    expect(await client.attest(machine.attester, '0.1.0')).toMatchObject({ locked: false, node: null });
    const prove = (claims: Record<string, string>) =>
      client.prove(machine.attester, {
        cluster: 'production',
        pool: 'control-plane',
        agentVersion: '0.1.0',
        ...claims,
      });
    const enrolment = await client.call(enrolmentResponseSchema, {
      method: 'POST',
      path: '/agent/v1/enrolments',
      body: await prove({ purpose: 'enrolment', stateDiskId: 'real-disk' }),
    });
    if (enrolment.kind !== 'grant') throw new Error(JSON.stringify(enrolment));
    expect(enrolment.ticket).toMatchObject({ kind: 'initialise' });
    await extend(machine.tpm, 15, await lockDigest('sha256', fromHex(enrolment.ticket.cluster.clusterId)));
    const self = await client.call(selfSchema, {
      method: 'POST',
      path: '/agent/v1/lock',
      body: await prove({ purpose: 'lock' }),
    });
    expect(self).toMatchObject({ state: 'locked', name: enrolment.ticket.node.name });
    await client.close();
  });

  it('S07 is left by a node whose expectation its PCRs do not meet', async () => {
    const client = await connect(expectationOf('0'.repeat(64)));
    await expect(client.attest(machine.attester, '0.1.0')).rejects.toMatchObject({
      code: 'evidence-refused',
    });
  });

  it('proves itself to many at once, over the one channel that a TPM has', async () => {
    const expectation = expectationOf(await currentPcr4());
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(expectation)));
    const answers = await Promise.all(
      clients.map((client) => client.attest(api.machine(), '0.1.0').catch((error: unknown) => error)),
    );
    // The minted machines have another PCR 4 than this policy names: refused, but by an API that each has verified.
    for (const answer of answers) expect(answer).toMatchObject({ code: 'evidence-refused', status: 403 });
  });

  it('says what it cannot quote to whoever asks for it', async () => {
    const peer = await api.peer(await api.stranger());
    for (const evidenceRequest of [{ variant: 'tpm', bank: 'sha384', pcrs: [4] }, { variant: 'tdx' }]) {
      expect(await peer.challenge({ evidenceRequest })).toMatchObject({
        status: 400,
        body: { code: 'request-invalid' },
      });
    }
    const repeated = { variant: 'tpm', bank: 'sha256', pcrs: [4, 4, 15, 4] };
    expect((await peer.challenge({ evidenceRequest: repeated })).status).toBe(200);
  });
});
