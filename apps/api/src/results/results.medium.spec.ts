import { toEarClaims } from '@asterism/attestation';
import { VARIANTS, type PolicyDocument, type Verification } from '@asterism/contracts';
import { appraiseGuest, mintedPolicy, mintGuest } from '@asterism/testkit';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import {
  createHash,
  createHmac,
  createPublicKey,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Member } from '../testing/member.ts';
import { testPolicy } from '../testing/test-policy.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';

interface Jwks {
  readonly keys: readonly (JsonWebKey & {
    readonly kid: string;
    readonly alg: string;
    readonly use: string;
  })[];
}

/** Read with jsonwebtoken, which shares no code with jose, the library that signs. */
describe('a signed result', () => {
  let api: TestNodeApi;
  let operators: TestOperators;
  let jwks: Jwks;
  beforeAll(async () => {
    api = await startTestNodeApi();
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    await api.initialise();
    jwks = (await operators.ask<Jwks>('GET /.well-known/jwks.json', { token: undefined })).body;
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  /** The key that the token names, out of the published set, by RFC 7517. */
  function keyOf(token: string): KeyObject {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const named = jwks.keys.filter((key) => key.kid === kid);
    expect(named).toHaveLength(1);
    return createPublicKey({ key: { ...named[0] }, format: 'jwk' });
  }
  const read = (token: string): JwtPayload =>
    jwt.verify(token, keyOf(token), { algorithms: ['ES256'] }) as JwtPayload;

  it('publishes public halves only, named by their thumbprint', () => {
    for (const key of jwks.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect([key.kty, key.crv, key.alg, key.use]).toEqual(['EC', 'P-256', 'ES256', 'sig']);
      const { crv, kty, x, y } = key;
      const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x, y }));
      expect(key.kid).toBe(thumbprint.digest('base64url'));
    }
  });

  it('of a verification is read by another implementation of JOSE, beside the raw evidence', async () => {
    const member = await Member.join(await api.peer(api.machine()));
    const nonce = randomBytes(32).toString('base64url');
    const before = Math.floor(Date.now() / 1000);
    const { status, body } = await operators.ask<Verification>(
      `POST /v1/clusters/production/nodes/${member.id}/verifications`,
      { body: { nonce } },
    );
    expect(status).toBe(200);
    expect(jwt.decode(body.result, { complete: true })?.header).toEqual({
      alg: 'ES256',
      kid: jwks.keys[0]?.kid,
      typ: 'eat+jwt',
    });
    const claims = read(body.result);
    expect(claims).toEqual({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      iat: expect.any(Number),
      eat_nonce: nonce,
      'ear.verifier-id': { developer: expect.stringMatching(/^https:/), build: expect.any(String) },
      submods: {
        [member.ticket.node.name]: {
          'ear.status': 'affirming',
          'ear.trustworthiness-vector': body.appraisal.trustworthiness,
          'ear.appraisal-policy-id': expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}#1$/),
        },
      },
    });
    expect(claims.iat).toBeGreaterThanOrEqual(before);
    // The caller need not believe it: what was judged comes along, as the node sent it.
    expect(body.evidence).toMatchObject({
      variant: 'tpm',
      parts: { quote: expect.any(String), signature: expect.any(String) },
    });
    expect(body.nonce).toBe(nonce);
  });

  it('says a refusal as clearly', async () => {
    const member = await Member.join(await api.peer(api.machine()));
    const own = member.verificationClaims.bind(member);
    member.verificationClaims = async () => ({ ...(await own()), tlsPublicKey: '0'.repeat(64) });
    expect(await statusOf(member)).toEqual(['refused', 'contraindicated']);
  });

  it('says a warning as clearly', async () => {
    const member = await Member.join(await api.peer(api.machine()));
    const other = [{ digest: '00'.repeat(32), comment: 'another image' }];
    const pcrs = { '4': { mode: 'warn', values: other } } as const;
    await api.activate('workers', { tpm: { ...testPolicy(api.allow).tpm, pcrs } });
    expect(await statusOf(member)).toEqual(['accepted', 'warning']);
  });

  it.each(VARIANTS.filter((variant) => variant !== 'tpm'))(
    'of variant %s says what was appraised, accepted or refused',
    async (variant) => {
      const guest = await mintGuest(variant);
      const strangers = { ...mintedPolicy(guest), machines: ['0'.repeat(64)] } as PolicyDocument;
      const verdicts = [
        ['affirming', (await appraiseGuest(guest)).result],
        ['contraindicated', (await appraiseGuest(guest, { policy: strangers })).result],
      ] as const;
      for (const [status, result] of verdicts) {
        const claims = toEarClaims({
          node: 'workers-1',
          result,
          policyId: 'urn:uuid:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11#1',
          nonce: null,
          issuedAt: new Date(),
          verifier: { developer: 'https://asterism.example', build: 'test' },
        });
        const signed = read(await api.platform.resultSigner.sign({ ...claims }, 'eat+jwt'));
        expect(signed).toEqual(claims);
        const vector = result.trustworthiness;
        expect(signed['submods']).toMatchObject({
          'workers-1': { 'ear.status': status, 'ear.trustworthiness-vector': vector },
        });
        // AR4SI §2.3.2: 2 to 31 affirms, 96 to 127 contraindicates.
        const worst = Math.max(...Object.values(vector).map(Number));
        expect(worst >= 96, JSON.stringify(vector)).toBe(status === 'contraindicated');
      }
    },
  );

  it('that was changed in any part, or signed otherwise, is refused', async () => {
    const token = await api.platform.resultSigner.sign({ iat: 1, 'ear.status': 'affirming' }, 'eat+jwt');
    const key = keyOf(token);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iat: 1, 'ear.status': 'contraindicated' };
    const pem = key.export({ format: 'pem', type: 'spki' }).toString();
    const forged = [
      `${header}.${encode(claims)}.${signature}`,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'ES256', kid: 'other', typ: 'eat+jwt' })}.${payload}.${signature}`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      // A public key that is taken for a shared secret.
      `${encode({ alg: 'HS256' })}.${payload}.${hmacOf(pem, `${encode({ alg: 'HS256' })}.${payload}`)}`,
    ];
    for (const text of forged) expect(() => jwt.verify(text, key, { algorithms: ['ES256'] }), text).toThrow();
    expect(jwt.verify(token, key, { algorithms: ['ES256'] })).toMatchObject({ 'ear.status': 'affirming' });
  });

  async function statusOf({ id, ticket }: Member) {
    const { body } = await operators.ask<Verification>(
      `POST /v1/clusters/production/nodes/${id}/verifications`,
      { body: { nonce: randomBytes(32).toString('base64url') } },
    );
    const submods = read(body.result)['submods'] as Record<string, { 'ear.status': string }>;
    return [body.appraisal.outcome, submods[ticket.node.name]?.['ear.status']];
  }
});

const hmacOf = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('base64url');
