import { fromBase64url, toBase64url, utf8 } from '@asterism/bytes';
import { ERROR_CODES, problemSchema, type Challenge, type TpmEvidence } from '@asterism/contracts';
import { mutations, truncations } from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Member } from '../testing/member.ts';
import { nonce, type RawPeer, type RawResponse } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

const SEED = 20261124;

let api: TestNodeApi;
let peer: RawPeer;
beforeAll(async () => {
  api = await startTestNodeApi({ machines: 8 });
  await api.initialise();
  peer = await api.peer(api.machine());
});
afterAll(() => api.stop());

const CHALLENGE = '/agent/v1/attestation/challenge';
const ATTESTATION = '/agent/v1/attestation';

/** A problem of ours with a code, that blames the caller: no fault of ours, ever. */
function requireCoded(response: RawResponse, what: string): void {
  const problem = problemSchema.safeParse(response.body);
  expect(problem.success, `${what}: ${response.status} ${JSON.stringify(response.body)}`).toBe(true);
  if (!problem.success) return;
  expect(response.status, what).toBe(ERROR_CODES[problem.data.code]);
  expect(response.status, `${what}: ${problem.data.code}`).toBeLessThan(500);
  expect(JSON.stringify(response.body).length, what).toBeLessThan(32_768);
}

async function challengeWith(identity: Record<string, unknown>): Promise<RawResponse> {
  return peer.request('POST', CHALLENGE, {
    nonce: nonce(),
    identity: { ...(await peer.machine.identity()), ...identity },
  });
}

async function attestWith(
  change: (answer: Record<string, unknown>, challenge: Challenge) => unknown,
): Promise<RawResponse> {
  const { body } = await peer.challenge();
  return peer.request('POST', ATTESTATION, change(await peer.answer(body), body));
}

function withPart(answer: Record<string, unknown>, part: string, value: unknown): Record<string, unknown> {
  const evidence = answer['evidence'] as TpmEvidence;
  return { ...answer, evidence: { ...evidence, parts: { ...evidence.parts, [part]: value } } };
}

const nested = (depth: number) => utf8(`${'['.repeat(depth)}1${']'.repeat(depth)}`);

describe('S09 on the node listener', () => {
  it('S09 keys of a TPM truncated at every byte get a code', async () => {
    const { ekPublic, akPublic } = peer.machine.tpm;
    for (const [name, bytes] of Object.entries({ ekPublic, akPublic })) {
      for (const shorter of truncations(bytes)) {
        requireCoded(
          await challengeWith({ [name]: toBase64url(shorter) }),
          `${name} of ${shorter.length} bytes`,
        );
      }
    }
  });

  it('S09 keys of a TPM with seeded mutations get a code, or a challenge that such keys cannot answer', async () => {
    const { ekPublic, akPublic } = peer.machine.tpm;
    for (const [name, bytes] of Object.entries({ ekPublic, akPublic })) {
      for (const mutated of mutations(bytes, SEED, 150)) {
        const response = await challengeWith({ [name]: toBase64url(mutated) });
        if (response.status !== 200) requireCoded(response, `${name} ${toBase64url(mutated)}`);
      }
    }
  });

  it.each(['quote', 'signature', 'akPublic'] as const)(
    'S09 %s truncated at every byte is refused',
    async (part) => {
      const { body } = await peer.challenge();
      const whole = fromBase64url(((await peer.answer(body))['evidence'] as TpmEvidence).parts[part]);
      for (const shorter of truncations(whole)) {
        const response = await attestWith((answer) => withPart(answer, part, toBase64url(shorter)));
        requireCoded(response, `${part} of ${shorter.length} bytes`);
      }
    },
  );

  it('S09 seeded mutations of every part are refused', async () => {
    for (const part of ['quote', 'signature', 'akPublic'] as const) {
      const { body } = await peer.challenge();
      const whole = fromBase64url(((await peer.answer(body))['evidence'] as TpmEvidence).parts[part]);
      for (const mutated of mutations(whole, SEED, 60)) {
        const response = await attestWith((answer) => withPart(answer, part, toBase64url(mutated)));
        // Six edits can cancel out: what is unchanged is no mutation.
        if (response.status !== 200) requireCoded(response, `${part} ${toBase64url(mutated)}`);
      }
    }
    for (const log of mutations(utf8('Spec ID Event03\0'.repeat(40)), SEED, 60)) {
      requireCoded(await attestWith((answer) => withPart(answer, 'eventLog', toBase64url(log))), 'event log');
    }
    for (const certificate of mutations(
      Uint8Array.from([0x30, 0x82, 0x01, 0x00, ...new Uint8Array(256)]),
      SEED,
      60,
    )) {
      const certificates = [toBase64url(certificate)];
      requireCoded(
        await attestWith((answer) => withPart(answer, 'ekCertificates', certificates)),
        'certificate',
      );
    }
  });

  it('S09 null, nothing and any other type in every place is refused', async () => {
    const values = [null, undefined, 0, -1, true, '', '!', 'AB', [], {}, [null], 'A'.repeat(900_000)];
    const places = ['nonce', 'evidence', 'claims', 'activationSecret'];
    for (const value of values) {
      for (const place of places) {
        requireCoded(
          await attestWith((answer) => ({ ...answer, [place]: value })),
          `${place}: ${typeof value}`,
        );
      }
      for (const part of ['quote', 'signature', 'akPublic', 'pcrs', 'unknown']) {
        if (part === 'unknown' && value === undefined) continue;
        requireCoded(await attestWith((answer) => withPart(answer, part, value)), `${part}: ${typeof value}`);
      }
      for (const place of ['variant', 'cluster', 'pool', 'ekPublic', 'akPublic']) {
        requireCoded(await challengeWith({ [place]: value }), `${place}: ${typeof value}`);
      }
    }
  });

  it('S09 bodies that are too large, too deep or no JSON are refused before anything is done with them', async () => {
    const expected: readonly (readonly [string, Uint8Array, string])[] = [
      ['over 1 MiB', new Uint8Array(1_048_577).fill(0x20), 'body-too-large'],
      ['33 levels', nested(33), 'body-too-deep'],
      ['20,000 levels', nested(20_000), 'body-too-deep'],
      ['500,000 levels', nested(500_000), 'body-too-deep'],
      ['nothing', new Uint8Array(), 'request-invalid'],
      ['half an object', utf8('{"nonce":'), 'request-invalid'],
      ['no UTF-8', Uint8Array.from([0x22, 0xff, 0x22]), 'request-invalid'],
      ['a prototype', utf8('{"__proto__":{"nonce":1}}'), 'request-invalid'],
      ['a NUL', utf8('{"nonce":"\\u0000"}'), 'request-invalid'],
    ];
    for (const [name, body, code] of expected) {
      for (const path of [CHALLENGE, ATTESTATION]) {
        const response = await (await api.peer(peer.machine)).request('POST', path, body);
        expect({ name, code: response.body.code }).toEqual({ name, code });
      }
    }
  });

  it('S09 seeded mutations of whole requests, on every route of a member, are refused', async () => {
    const member = await Member.join(await api.peer(api.machine()));
    const order = await member.peer.fresh();
    const claims = member.peer.claims('lock');
    const body = { nonce: order.nonce, claims, evidence: await member.peer.evidence(order, claims) };
    const bytes = utf8(JSON.stringify(body));
    const routes = [
      'enrolments',
      'lock',
      'progress',
      'nonces',
      'evidence-requests/0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
    ];
    for (const route of routes) {
      for (const mutated of mutations(bytes, SEED, 60)) {
        const response = await member.peer.request('POST', `/agent/v1/${route}`, mutated);
        // A mutation inside a string that is not compared (the agent's version, say) leaves a valid request.
        if (response.status > 299) requireCoded(response, route);
      }
    }
    for (const route of [
      'evidence-requests/x',
      'evidence-requests/%00',
      'evidence-requests/..%2f..',
      'nothing',
    ]) {
      requireCoded(await member.peer.request('POST', `/agent/v1/${route}`, {}), route);
    }
    expect((await member.peer.self()).status).toBe(200);
  });

  it('S09 after all of it the API serves as before, and has logged no fault of its own', async () => {
    expect((await peer.attest()).status).toBe(200);
    const faults = api.logged.filter((line) => JSON.parse(line).level === 'error');
    expect(faults).toEqual([]);
  });
});
