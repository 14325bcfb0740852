import { fromBase64url, toBase64url, utf8 } from '@asterism/bytes';
import type { AppraisalResult, Claim } from '@asterism/contracts';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toEarClaims } from './ear.ts';
import { outcomeOf, statusOf, toTrustworthinessVector } from './appraise/trustworthiness.ts';

const result: AppraisalResult = {
  outcome: 'accepted',
  status: 'affirming',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: { executables: 3, hardware: 2 },
};
const input = {
  node: 'node-1',
  result,
  policyId: 'pool:workers/policy:3',
  nonce: 'bm9uY2UtOA',
  issuedAt: new Date('2026-11-24T10:00:00.900Z'),
  verifier: { developer: 'https://asterism.dev', build: 'asterism 0.1.0' },
};

describe('toEarClaims', () => {
  it('gives the claims of an EAT Attestation Result', () => {
    expect(toEarClaims(input)).toEqual({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      iat: 1795514400,
      eat_nonce: 'bm9uY2UtOA',
      'ear.verifier-id': { developer: 'https://asterism.dev', build: 'asterism 0.1.0' },
      submods: {
        'node-1': {
          'ear.status': 'affirming',
          'ear.trustworthiness-vector': { executables: 3, hardware: 2 },
          'ear.appraisal-policy-id': 'pool:workers/policy:3',
        },
      },
    });
  });

  it('leaves out an empty vector and a nonce that nobody gave', () => {
    const claims = toEarClaims({ ...input, nonce: null, result: { ...result, trustworthiness: {} } });
    expect(claims).not.toHaveProperty('eat_nonce');
    expect(claims.submods['node-1']).not.toHaveProperty('ear.trustworthiness-vector');
  });
});

const VECTOR_CLAIMS = [
  ...['instance-identity', 'configuration', 'executables', 'file-system', 'hardware', 'runtime-opaque'],
  ...['storage-opaque', 'sourced-data'],
];

/**
 * What breaks draft-fv-rats-ear §3 (its CDDL for JSON, written down once more from the draft) or RFC 9711 §4.1, which
 * bounds a nonce. Extensions are allowed by the draft and not used here, so an unknown name is reported too.
 */
function violationsOf(ear: Record<string, unknown>): string[] {
  const found: string[] = [];
  const check = (holds: boolean, what: string) => void (holds || found.push(what));
  const known = ['eat_profile', 'iat', 'eat_nonce', 'ear.verifier-id', 'submods'];
  check(
    Object.keys(ear).every((name) => known.includes(name)),
    'unknown claim',
  );
  check(ear['eat_profile'] === 'tag:github.com,2023:veraison/ear', 'eat_profile');
  check(Number.isSafeInteger(ear['iat']), 'iat');
  const nonce = ear['eat_nonce'];
  check(
    nonce === undefined || (typeof nonce === 'string' && nonce.length >= 8 && nonce.length <= 88),
    'eat_nonce',
  );
  const verifier = Object.entries(ear['ear.verifier-id'] as object);
  check(
    verifier
      .map(([name]) => name)
      .sort()
      .join() === 'build,developer',
    'ear.verifier-id',
  );
  check(
    verifier.every(([, text]) => typeof text === 'string' && text !== ''),
    'ear.verifier-id',
  );
  const submods = Object.values(ear['submods'] as Record<string, Record<string, unknown>>);
  check(submods.length > 0, 'submods');
  for (const {
    'ear.status': status,
    'ear.trustworthiness-vector': vector,
    'ear.appraisal-policy-id': policy,
    ...more
  } of submods) {
    check(Object.keys(more).length === 0, 'unknown claim of a submodule');
    check(['none', 'affirming', 'warning', 'contraindicated'].includes(status as string), 'ear.status');
    check(policy === undefined || typeof policy === 'string', 'ear.appraisal-policy-id');
    if (vector === undefined) continue;
    const values = Object.entries(vector as object);
    check(values.length > 0, 'ear.trustworthiness-vector is empty');
    check(
      values.every(([name]) => VECTOR_CLAIMS.includes(name)),
      'name in ear.trustworthiness-vector',
    );
    check(
      values.every(([, value]) => Number.isInteger(value) && value >= -128 && value <= 127),
      'value of a claim',
    );
  }
  return found;
}

/** AR4SI §2.3.2: the tier that a value of a trustworthiness claim belongs to. */
function tierOf(value: number): number {
  if (value >= -1 && value <= 1) return 0;
  if (value >= -32 && value <= 31) return 1;
  return value >= -96 && value <= 95 ? 2 : 3;
}
const STATUS_TIER = { none: 0, affirming: 1, warning: 2, contraindicated: 3 };

const claimNames = ['variant', 'tpm.bank', 'tpm.pcr.4', 'tpm.pcr.15', 'tpm.event-log', 'tpm.ak.activation'];
const claims = fc.array(
  fc.record({
    claim: fc.constantFrom(...claimNames, 'tpm.ek.certificate', 'tpm.ek.key', 'tpm.ak.key', 'collateral.age'),
    got: fc.constant(null),
    wanted: fc.constant<string[]>([]),
    verdict: fc.constantFrom<Claim['verdict']>('match', 'mismatch', 'warning', 'any', 'undecided'),
  }),
  { maxLength: 8 },
);
const resultOf = (list: Claim[]): AppraisalResult => ({
  ...result,
  claims: list,
  outcome: outcomeOf(list),
  status: statusOf(list),
  trustworthiness: toTrustworthinessVector(list),
});

describe('the draft', () => {
  it('has every field that is written, and no other, whatever came of the appraisal', () => {
    const nonce = toBase64url(new Uint8Array(32));
    fc.assert(
      fc.property(claims, fc.constantFrom(nonce, null), (list, asked) => {
        const ear = toEarClaims({ ...input, nonce: asked, result: resultOf(list) });
        expect(violationsOf(JSON.parse(JSON.stringify(ear)) as Record<string, unknown>)).toEqual([]);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('§3.2: the status is never better than the worst claim of the vector', () => {
    fc.assert(
      fc.property(claims, (list) => {
        const { status, trustworthiness } = resultOf(list);
        const worst = Math.max(0, ...Object.values(trustworthiness).map((value = 0) => tierOf(value)));
        if (status !== 'none') expect(STATUS_TIER[status]).toBeGreaterThanOrEqual(worst);
        if (list.some(({ verdict }) => verdict === 'mismatch')) expect(status).toBe('contraindicated');
        else if (list.some(({ verdict }) => verdict === 'undecided')) expect(status).toBe('none');
      }),
      { seed: 6, numRuns: 1_000 },
    );
  });

  it('signed as a JWT, verifies by RFC 7515 alone', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ear = toEarClaims(input);
    const jwt = await new SignJWT({ ...ear })
      .setProtectedHeader({ alg: 'ES256', typ: 'eat+jwt' })
      .sign(privateKey);
    const [header = '', payload = '', signature = '', ...more] = jwt.split('.');
    expect(more).toEqual([]);
    const key = createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' });
    const signed = utf8(`${header}.${payload}`);
    const options = { key, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', signed, options, fromBase64url(signature))).toBe(true);
    expect(verify('sha256', utf8(`${header}.${payload}x`), options, fromBase64url(signature))).toBe(false);
    expect(JSON.parse(new TextDecoder().decode(fromBase64url(payload)))).toEqual(
      JSON.parse(JSON.stringify(ear)),
    );
  });
});
