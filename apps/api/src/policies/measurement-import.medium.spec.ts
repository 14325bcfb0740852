import type { DryRun, ImportedMeasurements, PolicyOf, PolicyVersion, Problem } from '@asterism/contracts';
import { SigstoreInstance } from '@asterism/testkit/sigstore';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { PCR_4, testPolicy } from '../testing/test-policy.ts';

const POLICIES = '/v1/clusters/production/pools/workers/policies';
const SIGNER = { identity: 'https://github.com/example/images', issuer: 'https://token.example.com' };
const OLD = Buffer.from(PCR_4).toString('hex');
const NEW = 'ee'.repeat(32);
const DAY = 86_400_000;

const fileOf = (digest: string, more: object = {}) =>
  Buffer.from(
    JSON.stringify({
      schema: 'asterism/measurements/v1',
      image: 'image 2',
      measurements: [{ variants: ['tpm'], tpm: { bank: 'sha256', pcrs: { '4': [digest], '9': [digest] } } }],
      ...more,
    }),
  );

describe('an import of signed measurements', () => {
  let api: TestNodeApi;
  let operators: TestOperators;
  let sigstore: SigstoreInstance;
  let identities: string[];
  beforeAll(async () => {
    sigstore = await SigstoreInstance.make();
    api = await startTestNodeApi({ timings: { lostAfter: 600_000 } });
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    await api.initialise();
    const machine = api.machine();
    identities = [machine.tpm.identity];
    await join(await api.peer(machine));
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  async function importFile(file: Buffer, change: object = {}, signed = file) {
    const signature = {
      kind: 'identity',
      bundle: await sigstore.sign(signed, SIGNER),
      trustedRoot: sigstore.trustedRoot,
      ...SIGNER,
    };
    const body = {
      document: testPolicy(identities),
      measurements: file.toString('base64url'),
      signature,
      ...change,
    };
    return operators.ask<ImportedMeasurements & Problem>(`POST ${POLICIES}/import-measurements`, { body });
  }
  const dryRun = async (document: unknown) =>
    (await operators.ask<DryRun>(`POST ${POLICIES}/dry-run`, { body: { document } })).body;

  it('answers with the document as it becomes, and stores nothing', async () => {
    const before = await operators.ask<{ items: readonly PolicyVersion[] }>(`GET ${POLICIES}`);
    const { status, body } = await importFile(fileOf(NEW));
    expect(status).toBe(200);
    expect(body.signature).toMatchObject({ kind: 'identity', ...SIGNER, signedAt: expect.any(String) });
    expect(body.leftOut).toEqual([{ register: 'tpm.pcrs.9', reason: 'not-in-policy' }]);
    const added = { digest: NEW, comment: expect.stringContaining(SIGNER.identity) };
    expect(body.added).toEqual([{ register: 'tpm.pcrs.4', values: [added] }]);
    const expected = testPolicy(identities);
    expected.tpm.pcrs['4'] = { mode: 'enforce', values: [{ digest: OLD, comment: 'agent' }, added] as never };
    expect(body.document).toEqual(expected);
    expect((await operators.ask(`GET ${POLICIES}`)).body).toEqual(before.body);
  });

  it('lets a roll-out accept the old image and the new one, until the old one’s time is over', async () => {
    const until = new Date(Date.now() + DAY).toISOString();
    const old = { ...testPolicy(identities), tpm: { ...testPolicy(identities).tpm } };
    old.tpm.pcrs = { '4': { mode: 'enforce', values: [{ digest: OLD, comment: 'image 1', until }] } };
    const { body } = await importFile(fileOf(NEW), { document: old });
    // The node still runs the old image: both are accepted.
    expect((await dryRun(body.document)).summary).toMatchObject({ accepted: 1, refused: 0 });

    const document = body.document as PolicyOf<'tpm'>;
    const values = document.tpm.pcrs['4']?.values;
    if (values === undefined || values === 'any') throw new Error('no values');
    const ended = values.map((value) =>
      value.digest === OLD ? { ...value, until: new Date(Date.now() - DAY).toISOString() } : value,
    );
    const over = { ...document, tpm: { ...document.tpm, pcrs: { '4': { mode: 'enforce', values: ended } } } };
    const { summary, nodes } = await dryRun(over);
    expect(summary).toMatchObject({ accepted: 0, refused: 1, wouldBeLost: [nodes[0]?.name] });
    expect(nodes[0]?.result?.findings[0]).toMatchObject({ claim: 'tpm.pcr.4', code: 'reference-expired' });
  });

  it('does not accept a new image before its time', async () => {
    const from = new Date(Date.now() + DAY).toISOString();
    const without = testPolicy(identities);
    without.tpm.pcrs['4'] = { mode: 'enforce', values: [{ digest: '01'.repeat(32), comment: 'image 0' }] };
    const early = await importFile(fileOf(OLD), { document: without, from });
    const { nodes } = await dryRun(early.body.document);
    expect(nodes[0]?.result?.findings[0]).toMatchObject({ code: 'reference-not-yet-valid' });
    const now = await importFile(fileOf(OLD), { document: without });
    expect((await dryRun(now.body.document)).summary).toMatchObject({ accepted: 1, refused: 0 });
  });

  it('takes a key of cosign', async () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = fileOf(NEW);
    const publicKey = keys.publicKey.export({ format: 'pem', type: 'spki' });
    const signature = (text: string) => ({
      signature: { kind: 'key', publicKey, signed: { signature: text } },
    });
    const good = await importFile(file, signature(sign('sha256', file, keys.privateKey).toString('base64')));
    expect([good.status, good.body.signature]).toEqual([
      200,
      expect.objectContaining({ kind: 'key', signedAt: null }),
    ]);
    const bundle = await sigstore.signWithKey(file, keys.privateKey, keys.publicKey);
    const logged = { kind: 'key', publicKey, signed: { bundle, trustedRoot: sigstore.trustedRoot } };
    expect((await importFile(file, { signature: logged })).body.signature.signedAt).toEqual(
      expect.any(String),
    );
    const bad = await importFile(
      file,
      signature(sign('sha256', fileOf(OLD), keys.privateKey).toString('base64')),
    );
    expect([bad.status, bad.body.code]).toEqual([422, 'measurements-refused']);
  });

  it.each<[string, number, string, (file: Buffer) => ReturnType<typeof importFile>]>([
    ['other bytes than were signed', 422, 'digest-mismatch', (file) => importFile(file, {}, fileOf(OLD))],
    ['a file that is none', 400, 'measurements-malformed', () => importFile(Buffer.from('{}'))],
    [
      'a file for other machines',
      422,
      'variant-mismatch',
      () => importFile(fileOf(NEW, { measurements: [{ variants: ['tdx'] }] })),
    ],
  ])('S04 refuses %s', async (_, status, code, ask) => {
    const { body, ...answer } = await ask(fileOf(NEW));
    expect([answer.status, body.code]).toEqual([
      status,
      status === 400 ? 'measurements-invalid' : 'measurements-refused',
    ]);
    expect(body.detail).toMatch(new RegExp(`^${code}: `));
  });

  it.each([
    ['somebody else', { identity: 'https://github.com/example' }],
    ['somebody whom another issuer knows', { issuer: 'https://other.example.com' }],
  ])('S04 refuses a file that was signed by %s', async (_, change) => {
    const file = fileOf(NEW);
    const bundle = await sigstore.sign(file, SIGNER);
    const signature = { kind: 'identity', bundle, trustedRoot: sigstore.trustedRoot, ...SIGNER, ...change };
    const { status, body } = await importFile(file, { signature });
    expect([status, body.code]).toEqual([422, 'measurements-refused']);
  });

  it.each([
    ['no signature', { signature: undefined }],
    ['no identity', { signature: { kind: 'identity', bundle: '', trustedRoot: '', issuer: 'x' } }],
    [
      'an empty identity',
      { signature: { kind: 'identity', bundle: '', trustedRoot: '', issuer: 'x', identity: '' } },
    ],
    ['a signature of no kind', { signature: { kind: 'none' } }],
  ])('S04 refuses %s before anything is read', async (_, change) => {
    const { status, body } = await importFile(fileOf(NEW), change);
    expect([status, body.code]).toEqual([400, 'request-invalid']);
  });

  it('S06 refuses a document of another variant than the pool', async () => {
    const { status, body } = await importFile(fileOf(NEW), {
      document: { ...testPolicy(identities), variant: 'tdx' },
    });
    expect([status, body.code]).toEqual([400, 'policy-invalid']);
  });

  it('refuses a list that would become too long', async () => {
    const full = testPolicy(identities);
    const values = Array.from({ length: 32 }, (_, n) => ({
      digest: n.toString(16).padStart(64, '0'),
      comment: '',
    }));
    full.tpm.pcrs['4'] = { mode: 'enforce', values };
    const { status, body } = await importFile(fileOf(NEW), { document: full });
    expect([status, body.code]).toEqual([400, 'policy-invalid']);
  });
});
