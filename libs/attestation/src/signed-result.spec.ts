import type { AppraisalResult, Verification } from '@asterism/contracts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { toEarClaims, verifySignedResult, type EarClaims } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00Z');
const NONCE = 'mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA';
const appraisal: AppraisalResult = {
  outcome: 'accepted',
  status: 'affirming',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: {},
};
let key: CryptoKey;
let jwks: JSONWebKeySet;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
});

function claims(change: Partial<Parameters<typeof toEarClaims>[0]> = {}): EarClaims {
  return toEarClaims({
    node: 'node-1',
    result: appraisal,
    policyId: 'pool:workers/policy:3',
    nonce: NONCE,
    issuedAt: NOW,
    verifier: { developer: 'https://asterism.dev', build: '0.1.0' },
    ...change,
  });
}

async function check(signed: EarClaims, signer: CryptoKey = key, answer: Partial<Verification> = {}) {
  const result = await new SignJWT({ ...signed })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(signer);
  return verifySignedResult(
    { nodeName: 'node-1', appraisal, result, ...answer } as Verification,
    NONCE,
    jwks,
    NOW,
  );
}

describe('verifySignedResult', () => {
  it('holds where key, nonce, time, node and status fit', async () => {
    expect(await check(claims())).toEqual({ valid: true, reason: null });
  });

  it('refuses the signature of another key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    expect((await check(claims(), privateKey)).reason).toContain('ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  });

  it.each([
    ['another nonce', { nonce: NONCE.replace('mJ', 'nJ') }, 'it is for another nonce'],
    ['another time', { issuedAt: new Date(NOW.getTime() - 301_000) }, 'it was not issued now'],
    ['another node', { node: 'node-2' }, 'it says nothing of node-1'],
    [
      'another verdict than the answer beside it',
      { result: { ...appraisal, status: 'contraindicated' as const } },
      'it says contraindicated, the answer says affirming',
    ],
  ])('refuses a result for %s', async (_, change, reason) => {
    expect(await check(claims(change))).toEqual({ valid: false, reason });
  });

  it('refuses a result of another profile, whatever it says', async () => {
    const other = { ...claims(), eat_profile: 'tag:ietf.org,2026:rats/ear#02' } as unknown as EarClaims;
    const { valid, reason } = await check(other);
    expect([valid, reason]).toEqual([false, expect.stringMatching(/^profile is tag:ietf/)]);
  });

  it('refuses a result without a signature', async () => {
    const none = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const result = `${none({ alg: 'none' })}.${none(claims())}.`;
    expect((await check(claims(), key, { result })).valid).toBe(false);
  });
});

/** RFC 7515 A.3: key, and a token over claims that are no result. */
describe('the ES256 example of RFC 7515', () => {
  const published = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  const token =
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
  const checkExample = (result: string) =>
    verifySignedResult(
      { nodeName: 'node-1', appraisal, result } as Verification,
      NONCE,
      { keys: [published] },
      new Date('2011-03-22T18:00:00Z'),
    );

  it('has a signature that holds, and is refused for what it does not say', async () => {
    expect((await checkExample(token)).reason).toMatch(/^ERR_JWT_CLAIM_VALIDATION_FAILED/);
  });

  it('has no signature that holds with a bit changed', async () => {
    const forged = token.replace('DtEhU3', 'DtEhU2');
    expect((await checkExample(forged)).reason).toMatch(/^ERR_JWS_SIGNATURE_VERIFICATION_FAILED/);
  });
});
