import { verificationBinding } from '@asterism/attestation';
import { attestationBinding, connectAttested, createTlsIdentity } from '@asterism/attested-tls';
import { fromBase64url, fromHex, toHex } from '@asterism/bytes';
import type { Challenge, Problem, TpmEvidence } from '@asterism/contracts';
import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declaredOperations } from '../contract/declared.ts';
import { NODE_CONTROLLERS } from '../node/controllers.ts';
import { join, nonce, type RawPeer, type RawResponse } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { PCR_4 } from '../testing/test-policy.ts';

let api: TestNodeApi;
let offset = 0;
beforeAll(async () => {
  api = await startTestNodeApi({
    machines: 80,
    database: { clock: () => new Date(Date.now() + offset) },
  });
  await api.initialise();
});
afterAll(() => api.stop());

type Answer = Record<string, unknown>;

/** Attests with an answer that a test has changed. */
async function attestWith(
  peer: RawPeer,
  change: (answer: Answer, challenge: Challenge) => Answer | Promise<Answer>,
): Promise<RawResponse> {
  const { body } = await peer.challenge();
  return peer.request('POST', '/agent/v1/attestation', await change(await peer.answer(body), body));
}

const peer = () => api.peer(api.machine());
const collect = (of: RawPeer, { evidenceRequest }: Challenge, binding: Uint8Array) =>
  of.machine.collect({ request: evidenceRequest, binding });
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});
const NOT_GENUINE = refusedAs('evidence-not-genuine', 403);
const NONCE_INVALID = refusedAs('nonce-invalid', 401);

describe('attestation', () => {
  it('is done by the client library too, which verifies the pinned key of the API first', async () => {
    const machine = api.machine();
    const spki = createPublicKey(api.identity.key).export({ type: 'spki', format: 'der' });
    const random = (length: number) => new Uint8Array(randomBytes(length));
    const client = await connectAttested({
      url: new URL(api.node.url),
      identity: await createTlsIdentity(new Date(), random),
      expectation: { kind: 'pinned-key', spkiSha256: createHash('sha256').update(spki).digest('hex') },
      random,
      now: () => new Date(),
      connectTimeout: 5_000,
      keepalive: { interval: 10_000, timeout: 5_000 },
    });
    const attestation = await client.attest(machine, '0.1.0');
    expect(attestation).toMatchObject({ locked: false, node: null, appraisal: { outcome: 'accepted' } });
    await client.close();
  });

  it('is as needed by a client that speaks HTTP/1.1, on each of its sockets', async () => {
    const identity = await createTlsIdentity(new Date(), (length) => new Uint8Array(randomBytes(length)));
    const { hostname, port } = new URL(api.node.url);
    const response = await fetchHttp1({
      host: hostname,
      port: Number(port),
      path: '/agent/v1/self',
      key: identity.privateKey,
      cert: identity.certificate,
      rejectUnauthorized: false,
      agent: false,
    });
    expect(response).toEqual({ httpVersion: '1.1', status: 401 });
  });

  it('asks for activation until the machine is a node with this key, and then no more', async () => {
    const first = await peer();
    expect((await first.challenge()).body.activation).toBeDefined();
    await join(first);
    const again = await api.peer(first.machine);
    expect((await again.challenge()).body.activation).toBeUndefined();
  });
});

describe('S01 evidence is for this connection, role, nonce, key and claims alone', () => {
  it('S01 relayed from another connection: refused', async () => {
    const [victim, relay] = [await peer(), await peer()];
    const answer = await attestWith(relay, async (given, challenge) => {
      const binding = await victim.binding(challenge.nonce, given['claims'] as never);
      return { ...given, evidence: await collect(relay, challenge, binding) };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
  });

  it.each([
    ['connection with the same key', { exporter: randomBytes(32) }],
    ['role', { role: 'server' as const }],
    ['nonce', { nonce: randomBytes(32) }],
    ['TLS key', { spki: randomBytes(91) }],
    [
      'claims',
      { claims: { purpose: 'connection', cluster: 'production', pool: 'workers', agentVersion: '6.6.6' } },
    ],
  ])('S01 made for another %s: refused', async (_, change) => {
    const relay = await peer();
    const answer = await attestWith(relay, async (given, challenge) => {
      const { role, ...parts } = { role: 'client' as const, ...change };
      const binding = await attestationBinding(role, {
        exporter: relay.exporter,
        spki: relay.spki,
        nonce: fromBase64url(challenge.nonce),
        claims: given['claims'] as never,
        ...parts,
      });
      return { ...given, evidence: await collect(relay, challenge, binding) };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
    expect((await relay.self()).body.code).toBe('attestation-required');
  });

  it('S01 by another machine’s TPM: refused', async () => {
    const [victim, other] = [await peer(), api.machine()];
    const answer = await attestWith(victim, async (given, challenge) => ({
      ...given,
      evidence: await other.collect({
        request: challenge.evidenceRequest,
        binding: await victim.binding(challenge.nonce, given['claims'] as never),
      }),
    }));
    expect(answer).toMatchObject(NOT_GENUINE);
  });

  it('S01 a credential answered for one pair of keys proves no other pair', async () => {
    // The attacker owns a TPM that the policy does not name, and names the EK of one that it does.
    const [victim, attacker] = [api.machine(), await api.stranger()];
    const relay = await api.peer(attacker);
    const own = await relay.challenge();
    const answer = await relay.answer(own.body);
    const identity = { ...(await attacker.identity()), ekPublic: (await victim.identity()).ekPublic };
    const stolen = await relay.challenge({ identity });
    expect(stolen.status).toBe(200);
    expect(await relay.request('POST', '/agent/v1/attestation', answer)).toMatchObject(NONCE_INVALID);
  });

  it('S01 claims of another pool than the challenge was for: refused', async () => {
    const relay = await peer();
    const claims = relay.claims('connection', { pool: 'control-plane' });
    const answer = await attestWith(relay, async (given, challenge) => ({
      ...given,
      claims,
      evidence: await relay.evidence(challenge, claims),
    }));
    expect(answer).toMatchObject(refusedAs('evidence-invalid', 400));
  });
});

describe('S02 nonces', () => {
  it('S02 unknown: refused', async () => {
    expect(await attestWith(await peer(), (given) => ({ ...given, nonce: nonce() }))).toMatchObject(
      NONCE_INVALID,
    );
  });

  it('S02 reused: refused, also where the first use failed', async () => {
    for (const first of ['accepted', 'refused'] as const) {
      const reuser = await peer();
      const { body } = await reuser.challenge();
      const answer = await reuser.answer(body);
      const used = first === 'accepted' ? answer : { ...answer, activationSecret: 'AAAA' };
      expect((await reuser.request('POST', '/agent/v1/attestation', used)).status).toBe(
        first === 'accepted' ? 200 : 403,
      );
      expect(await reuser.request('POST', '/agent/v1/attestation', answer)).toMatchObject(NONCE_INVALID);
    }
  });

  it('S02 of an older challenge: refused', async () => {
    const asker = await peer();
    const older = await asker.answer((await asker.challenge()).body);
    await asker.challenge();
    expect(await asker.request('POST', '/agent/v1/attestation', older)).toMatchObject(NONCE_INVALID);
  });

  it('S02 expired: refused', async () => {
    const late = await peer();
    const { body } = await late.challenge();
    const answer = await late.answer(body);
    offset = 61_000;
    const response = await late.request('POST', '/agent/v1/attestation', answer);
    offset = 0;
    expect(response).toMatchObject(NONCE_INVALID);
  });

  it('S02 of another socket: refused, for a challenge and for a fresh nonce', async () => {
    const [first, second] = [await peer(), await peer()];
    const { body } = await first.challenge();
    expect(await attestWith(second, (given) => ({ ...given, nonce: body.nonce }))).toMatchObject(
      NONCE_INVALID,
    );
    await Promise.all([first.attest(), second.attest()]);
    const order = await first.fresh();
    const claims = second.claims('enrolment', { stateDiskId: 'other-socket' });
    const request = { nonce: order.nonce, claims, evidence: await second.evidence(order, claims) };
    expect(await second.request('POST', '/agent/v1/enrolments', request)).toMatchObject(NONCE_INVALID);
  });

  it('S02 of two requests that race for one nonce, one wins', async () => {
    const racer = await peer();
    const { body } = await racer.challenge();
    const answer = await racer.answer(body);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => racer.request('POST', '/agent/v1/attestation', answer)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(401)]);
  });
});

describe('S03 a socket that has not attested', () => {
  const closed = declaredOperations(NODE_CONTROLLERS).filter(({ access }) => access.kind !== 'connection');

  it('S03 has every route but two to close', () => {
    expect(closed.length).toBeGreaterThanOrEqual(7);
    expect(declaredOperations(NODE_CONTROLLERS).length - closed.length).toBe(2);
  });

  it.each(closed.map(({ method, path }) => [method, path.replaceAll(/\{\w+\}/g, randomId())] as const))(
    'S03 gets nothing of %s %s, before and after a refusal',
    async (method, path) => {
      const stranger = await peer();
      const required = refusedAs('attestation-required', 401);
      const body = method === 'GET' ? undefined : {};
      expect(await stranger.request(method, path, body)).toMatchObject(required);
      await attestWith(stranger, (given) => ({ ...given, activationSecret: 'AAAA' }));
      expect(await stranger.request(method, path, body)).toMatchObject(required);
    },
  );

  it('S03 is told so before its body is read', async () => {
    const stranger = await peer();
    expect(await stranger.statusWithoutBody('POST', '/agent/v1/enrolments')).toBe(401);
  });

  it('S03 an appraisal ends at its time', async () => {
    const member = await peer();
    await join(member);
    expect((await member.self()).status).toBe(200);
    offset = 121_000;
    const late = await member.self();
    offset = 0;
    expect(late).toMatchObject(refusedAs('attestation-expired', 401));
  });

  it('S03 a new challenge on an attested socket starts again', async () => {
    const member = await peer();
    await join(member);
    await member.challenge();
    expect(await member.self()).toMatchObject(refusedAs('attestation-required', 401));
  });
});

describe('what is compared', () => {
  it('S04 a pool without an active policy accepts nothing', async () => {
    const stranger = await peer();
    const { id } = api.seeded.pools.worker;
    const { body } = await stranger.challenge();
    await api.test.sql('update pools set active_policy_version = null where id = $1', [id]);
    const answer = await stranger.request('POST', '/agent/v1/attestation', await stranger.answer(body));
    const challenge = await stranger.challenge();
    await api.test.sql('update pools set active_policy_version = 1 where id = $1', [id]);
    expect(answer).toMatchObject(refusedAs('policy-none-active', 409));
    expect(challenge).toMatchObject(refusedAs('policy-none-active', 409));
  });

  it('S04 a quote without one of the policy’s PCRs is refused', async () => {
    const stranger = await peer();
    const answer = await attestWith(stranger, async (given, challenge) => {
      const evidenceRequest = { ...challenge.evidenceRequest, pcrs: [15] };
      return {
        ...given,
        evidence: await stranger.evidence({ ...challenge, evidenceRequest }, given['claims'] as never),
      };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
  });

  it('S05 a quote over more PCRs than the policy’s is refused', async () => {
    const stranger = await peer();
    const answer = await attestWith(stranger, async (given, challenge) => {
      const evidenceRequest = { ...challenge.evidenceRequest, pcrs: [4, 7, 15] };
      return {
        ...given,
        evidence: await stranger.evidence({ ...challenge, evidenceRequest }, given['claims'] as never),
      };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
  });

  it('S05 values other than the quoted ones are refused', async () => {
    const bad = api.machine();
    bad.pcrs[4] = new Uint8Array(32).fill(6);
    const answer = await attestWith(await api.peer(bad), (given) => {
      const evidence = given['evidence'] as TpmEvidence;
      const pcrs = { ...evidence.parts.pcrs, '4': Buffer.from(PCR_4).toString('base64url') };
      return { ...given, evidence: { ...evidence, parts: { ...evidence.parts, pcrs } } };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
  });

  it('S05 parts that the format does not name are refused', async () => {
    const answer = await attestWith(await peer(), (given) => {
      const evidence = given['evidence'] as TpmEvidence;
      return {
        ...given,
        evidence: { ...evidence, parts: { ...evidence.parts, quote2: evidence.parts.quote } },
      };
    });
    expect(answer).toMatchObject(refusedAs('request-invalid', 400));
  });

  it('S06 the pool fixes the variant of evidence', async () => {
    const stranger = await peer();
    const { id } = api.seeded.pools.worker;
    await api.test.sql(`update pools set variant = 'sev-snp' where id = $1`, [id]);
    const challenge = await stranger.challenge();
    await api.test.sql(`update pools set variant = 'tpm' where id = $1`, [id]);
    expect(challenge).toMatchObject(refusedAs('evidence-variant-wrong', 403));
    const evidence = { variant: 'sev-snp', format: 'asterism/evidence/v1', parts: { report: 'AAAA' } };
    expect(await attestWith(stranger, (given) => ({ ...given, evidence }))).toMatchObject(
      refusedAs('evidence-variant-wrong', 403),
    );
  });

  it('S08 evidence for a user’s verification opens no connection', async () => {
    const stranger = await peer();
    const answer = await attestWith(stranger, async (given, challenge) => {
      const { clusterId } = api.seeded.cluster;
      const binding = await verificationBinding(
        fromHex(clusterId),
        randomId(),
        fromBase64url(challenge.nonce),
        given['claims'] as never,
      );
      return { ...given, evidence: await collect(stranger, challenge, binding) };
    });
    expect(answer).toMatchObject(NOT_GENUINE);
  });
});

describe('what a refused machine is told', () => {
  it('names the claim, what was got and what was wanted, of its own machine', async () => {
    const bad = api.machine();
    bad.pcrs[4] = new Uint8Array(32).fill(6);
    const { status, body } = await (await api.peer(bad)).attest();
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'evidence-refused' });
    expect(body.findings).toEqual([
      expect.objectContaining({ claim: 'tpm.pcr.4', got: '06'.repeat(32), wanted: [toHex(PCR_4)] }),
    ]);
  });

  it('S33 says nothing about the machines that the policy names', async () => {
    const stranger = await api.peer(await api.stranger());
    const { body } = await stranger.attest();
    expect(body.code).toBe('evidence-refused');
    const known = api.machine().tpm.identity;
    expect(JSON.stringify(body.findings)).toContain(stranger.machine.tpm.identity);
    const digests = JSON.stringify(body).match(/[0-9a-f]{64}/g) ?? [];
    expect(digests).not.toContain(known);
    expect(new Set(digests)).toEqual(new Set([stranger.machine.tpm.identity]));
  });

  it('is recorded for the operator once, not once a retry, and without what it may not know', async () => {
    const stranger = await api.stranger();
    for (let retry = 0; retry < 3; retry++) await (await api.peer(stranger)).attest();
    const [enrolment, ...more] = await api.test.sql(
      'select state, appraisal_id from enrolments where identity = $1',
      [stranger.tpm.identity],
    );
    expect(more).toEqual([]);
    expect(enrolment).toMatchObject({ state: 'refused' });
    const recorded = await api.test.sql('select outcome from appraisals where identity = $1', [
      stranger.tpm.identity,
    ]);
    expect(recorded).toEqual([{ outcome: 'refused' }]);
  });

  it('S33 cannot tell an unknown cluster from an unknown pool', async () => {
    const machine = api.machine();
    const places = [{ cluster: 'elsewhere' }, { pool: 'elsewhere' }];
    const [cluster, pool] = await Promise.all(
      places.map(async (place) => {
        const { status, body } = await (await api.peer(machine.elsewhere(place))).challenge();
        return { status, code: body.code, detail: body.detail };
      }),
    );
    expect(cluster).toEqual(pool);
    expect(cluster?.code).toBe('pool-unknown');
  });
});

function fetchHttp1(options: RequestOptions): Promise<{ httpVersion: string; status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const request = requestHttps(options, (response) => {
      response.resume();
      resolve({ httpVersion: response.httpVersion, status: response.statusCode });
    });
    request.on('error', reject);
    request.end();
  });
}

function randomId(): string {
  return '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
}
