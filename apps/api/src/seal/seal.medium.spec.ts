import type { Cluster, SealSlot, SealStatus } from '@asterism/contracts';
import { softwareTpms, startTestDatabase, type SoftwareTpms, type TestDatabase } from '@asterism/testkit';
import { toHex } from '@asterism/bytes';
import type { SoftwareTpm } from '@asterism/tpm-device';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SealConfiguration } from '../configuration.ts';
import { OwnTpm } from '../platform/own-tpm.ts';
import { dump } from '../testing/dump.ts';
import { createMemoryKek, type MemoryKek } from '../testing/memory-kek.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';
import { createSeals, type Seals } from './seals.ts';
import { startUnsealing } from './unsealing.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const pauses = { first: 20, longest: 50 };

let folder: string;
let tpms: SoftwareTpms;
/** Keeps the server of the tests' databases up between them. */
let holder: TestDatabase;
beforeAll(async () => {
  holder = await startTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'asterism-seal-'));
  tpms = await softwareTpms();
});
afterAll(async () => {
  await holder.stop();
  await tpms.remove();
  await rm(folder, { recursive: true, force: true });
});

const sealsOf = (seal: SealConfiguration, tpm?: OwnTpm): Seals =>
  createSeals(seal, { tpm, providers: new Map(), random });

async function keyFile(name: string, bytes: Uint8Array = random(32)): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes, { mode: 0o600 });
  return path;
}

const newCluster = { name: 'later', kubernetesMode: 'none', description: '' };

describe('an API whose seal does not open', () => {
  let api: TestOperatorApi;
  let path: string;
  let key: Uint8Array;
  let name = '';
  let files = 0;
  beforeEach(async () => {
    key = random(32);
    name = `seal-${++files}.key`;
    path = await keyFile(name, key);
    api = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'key-file', path }) } });
  });
  afterEach(() => api.stop());

  const ruin = {
    'with a missing key file': () => rm(path),
    'with another key file': async () => void (await keyFile(name)),
    'with a key file of another length': () => writeFile(path, random(31), { mode: 0o600 }),
  };

  it.each(Object.entries(ruin))('S25 %s runs sealed, and changes nothing', async (_, ruined) => {
    await ruined();
    const before = await dump(api.test, ['tokens']);
    const replica = await api.replica();
    expect((await replica.ask('GET /health/ready')).body).toMatchObject({
      status: 'sealed',
      checks: { database: 'ok', process: 'ok', keys: 'sealed' },
    });
    const status = (await replica.ask<SealStatus>('POST /v1/seal/unseal')).body;
    expect(status).toMatchObject({ sealed: true, configured: 'key-file' });
    expect(status.reason).toMatch(/^(?:seal-wrong|key-file-invalid)$/);
    expect(await dump(api.test, ['tokens'])).toEqual(before);
  });

  it('serves what needs no key, and refuses the rest with `sealed`', async () => {
    const { body: keys } = await api.ask('GET /.well-known/jwks.json');
    expect((await api.ask('GET /v1/audit/verify')).status).toBe(200);
    expect((await api.ask('POST /v1/clusters', { body: { ...newCluster, name: 'audited' } })).status).toBe(
      201,
    );
    const signed = await api.platform.resultSigner.sign({ sub: 'x' }, 'eat+jwt');
    await rm(path);
    const replica = await api.replica();
    const served = [
      'GET /v1/clusters',
      'GET /v1/clusters/production',
      'GET /v1/audit',
      'GET /v1/session',
      'GET /v1/recovery',
      'GET /v1/seal',
      'GET /v1/clusters/production/keys',
    ];
    for (const route of served) expect([route, (await replica.ask(route)).status]).toEqual([route, 200]);
    expect((await replica.ask('GET /.well-known/jwks.json')).body).toEqual(keys);
    expect(await replica.platform.resultSigner.read(signed)).toEqual({ sub: 'x' });
    const recipients = [
      { name: 'Ada', recipient: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p' },
      { name: 'Grace', recipient: 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg' },
    ];
    const refused: readonly (readonly [string, unknown])[] = [
      ['POST /v1/clusters', newCluster],
      ['GET /v1/audit/verify', undefined],
      ['POST /v1/seal/slots', { comment: '' }],
      ['POST /v1/recovery-sets', { threshold: 2, recipients, reason: '' }],
      ['POST /v1/clusters/production/recovery-sets', { threshold: 2, recipients, reason: '' }],
    ];
    for (const [route, body] of refused) {
      const answer = await replica.ask(route, { body });
      expect([route, answer.status, answer.body.code]).toEqual([route, 503, 'sealed']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await expect(
      replica.platform.clusterRoots.open(api.clusters.production.cluster.id),
    ).rejects.toMatchObject({ code: 'sealed' });
  });

  it('unseals at once when it is told to, and records who did', async () => {
    await rm(path);
    const replica = await api.replica();
    await keyFile(name, key);
    expect((await replica.ask<SealStatus>('POST /v1/seal/unseal')).body).toMatchObject({
      sealed: false,
      reason: null,
    });
    expect((await replica.ask('GET /health/ready')).body).toMatchObject({ status: 'ready' });
    expect((await replica.ask<Cluster>('POST /v1/clusters', { body: newCluster })).status).toBe(201);
    const [record] = await api.test.sql(`select actor, details from audit where action = 'seal.unsealed'`);
    expect(record?.['actor']).toBe(`token:${replica.admin.id}`);
    const [event] = await api.test.sql(`select data from events where type = 'seal.changed'`);
    expect(event?.['data']).toMatchObject({ action: 'seal.unsealed' });
  });

  it('is open, for no reason that an attempt gives which ends after shares have opened it', async () => {
    let gate = Promise.resolve();
    const good = sealsOf({ kind: 'key-file', path });
    const other = sealsOf({ kind: 'key-file', path: await keyFile(`other-${name}`) });
    const seals = { ...good, opening: () => gate.then(() => other.opening()) };
    const { sealing } = (await api.replica({ seals })).platform;
    expect(sealing.reason).toBe('seal-wrong');
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const unsealing = sealing.unseal('system');
    await sealing.recover(api.platform.sealing.kek.slice(), 'token:x', () => Promise.resolve());
    resolve();
    expect([await unsealing, sealing.isOpen, sealing.reason]).toEqual([true, true, null]);
  });

  it('unseals itself when the seal is back, each replica', async () => {
    await rm(path);
    const replicas = await Promise.all([api.replica(), api.replica()]);
    const loops = await Promise.all(
      replicas.map(({ platform }) =>
        startUnsealing({ ...platform, stopping: new AbortController().signal, pauses }),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(replicas.map(({ platform }) => platform.sealing.isOpen)).toEqual([false, false]);
    await keyFile(name, key);
    await expect
      .poll(() => replicas.map(({ platform }) => platform.sealing.isOpen), { timeout: 5_000 })
      .toEqual([true, true]);
    for (const loop of loops) await loop.stop();
  });

  it('does not start where the seal is a file that others can read: that is for somebody to mend', async () => {
    await chmod(path, 0o644);
    await expect(api.replica()).rejects.toMatchObject({ code: 'key-file-mode' });
  });

  it('S25 takes no KEK that its signing key does not live under', async () => {
    const other = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'key-file', path }) } });
    const [slot] = await other.test.sql('select sealed from seal_slots');
    await other.stop();
    await api.test.sql('update seal_slots set sealed = $1', [slot?.['sealed']]);
    const before = await dump(api.test, ['tokens']);
    const replica = await api.replica();
    expect((await replica.ask<SealStatus>('POST /v1/seal/unseal')).body).toMatchObject({
      sealed: true,
      reason: 'seal-wrong',
    });
    expect(await dump(api.test, ['tokens'])).toEqual(before);
  });
});

describe('slots of a TPM', () => {
  let api: TestOperatorApi;
  let swtpm: SoftwareTpm;
  let own: OwnTpm;
  let boots = 0;
  beforeEach(async () => {
    swtpm = await tpms.start(`api-${++boots}`);
    own = new OwnTpm(`unix:${swtpm.dataSocket}`);
    api = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'tpm', pcrs: [7] }, own) } });
  });
  afterEach(async () => {
    await api.stop();
    await own.close();
  });

  const add = (body: object) => api.ask<SealSlot>('POST /v1/seal/slots', { body: { comment: '', ...body } });
  const slots = async () => (await api.ask<SealStatus>('GET /v1/seal')).body.slots;
  const extend = (pcr: number, digest: Uint8Array) => own.tpm.pcrExtend(pcr, new Map([['sha256', digest]]));

  it('say which PCRs they are bound to', async () => {
    const made = await add({ pcrs: [7, 4] });
    expect(made.status).toBe(201);
    expect(made.body.binding).toMatchObject({ kind: 'tpm', bank: 'sha256', pcrs: [4, 7] });
    expect((await slots()).map(({ binding }) => 'pcrs' in binding && binding.pcrs)).toEqual([[7], [4, 7]]);
    expect(made.text).not.toContain('sealed');
  });

  it('carry a planned update: made for its values before, open after it', async () => {
    const event = random(32);
    const after = createHash('sha256').update(new Uint8Array(32)).update(event).digest('hex');
    expect((await add({ pcrs: [7], values: { '7': after } })).status).toBe(201);
    await extend(7, event);
    // The machine as it is after the update: the first slot is shut, the planned one opens.
    const replica = await api.replica();
    expect(replica.platform.sealing.isOpen).toBe(true);
    const [first, planned] = await slots();
    expect(replica.platform.sealing.slot).toBe(planned?.id);
    expect((await replica.ask(`DELETE /v1/seal/slots/${first?.id}`)).status).toBe(204);
    const last = await replica.ask(`DELETE /v1/seal/slots/${planned?.id}`);
    expect([last.status, last.body.code]).toEqual([409, 'seal-slot-last']);
  });

  it('are not removed where no other opens now', async () => {
    const [first] = await slots();
    const shut = (await add({ pcrs: [7], values: { '7': toHex(random(32)) } })).body;
    const refused = await api.ask(`DELETE /v1/seal/slots/${first?.id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'seal-slot-last']);
    expect((await api.ask(`DELETE /v1/seal/slots/${shut.id}`)).status).toBe(204);
    const unknown = await api.ask(`DELETE /v1/seal/slots/${shut.id}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'seal-slot-unknown']);
  });

  it('are refused for a value of a PCR that is not chosen, or of another bank', async () => {
    for (const body of [
      { pcrs: [7], values: { '4': toHex(random(32)) } },
      { values: { '7': toHex(random(48)) } },
    ]) {
      const { status, body: problem } = await add(body);
      expect([status, problem]).toEqual([400, expect.objectContaining({ code: 'request-invalid' })]);
    }
  });

  it('of a machine that was booted otherwise stay shut, and open after the right boot', async () => {
    await extend(7, random(32));
    const replica = await api.replica();
    expect(replica.platform.sealing).toMatchObject({ isOpen: false, reason: 'seal-wrong' });
    await own.close();
    await swtpm.reboot();
    expect((await replica.ask<SealStatus>('POST /v1/seal/unseal')).body.sealed).toBe(false);
  });

  it('open when the TPM that was away at the start is there', async () => {
    await own.close();
    await swtpm.stop();
    const replica = await api.replica();
    expect(replica.platform.sealing).toMatchObject({ isOpen: false, reason: 'seal-unavailable' });
    const away = await add({});
    expect([away.status, away.body]).toEqual([503, expect.objectContaining({ code: 'kek-undecided' })]);
    swtpm = await tpms.start(`api-${boots}`);
    expect((await replica.ask<SealStatus>('POST /v1/seal/unseal')).body.sealed).toBe(false);
    expect((await add({})).status).toBe(201);
  });
});

describe('the KEK of a provider as seal', () => {
  let api: TestOperatorApi;
  let kms: MemoryKek;
  let other: MemoryKek;
  const sealsOfProvider = (provider: string) => {
    const providers = new Map([
      ['prod', kms.provider],
      ['other', other.provider],
    ]);
    return createSeals({ kind: 'kek', provider }, { tpm: undefined, providers, random });
  };
  beforeEach(async () => {
    kms = createMemoryKek();
    other = createMemoryKek();
    api = await startTestOperatorApi({ platform: { seals: sealsOfProvider('prod') } });
  });
  afterEach(() => api.stop());

  it.each(['kek-unreachable', 'kek-disabled', 'kek-denied', 'kek-throttled'] as const)(
    'S25 %s: sealed, nothing changed, open when it is back',
    async (fault) => {
      kms.fault = fault;
      const before = await dump(api.test, ['tokens']);
      const replica = await api.replica();
      expect(replica.platform.sealing).toMatchObject({ isOpen: false, reason: 'seal-unavailable' });
      const { text, body } = await replica.ask<SealStatus>('POST /v1/seal/unseal');
      expect(body.sealed).toBe(true);
      expect(await dump(api.test, ['tokens'])).toEqual(before);
      for (const said of [text, ...api.logged]) expect(said).not.toContain('secret.address.test/key');
      kms.fault = undefined;
      expect((await replica.ask<SealStatus>('POST /v1/seal/unseal')).body.sealed).toBe(false);
    },
  );

  it('is changed to another provider’s by a slot, without a day of sealed keys', async () => {
    const moved = await api.replica({ seals: sealsOfProvider('other') });
    expect(moved.platform.sealing.isOpen).toBe(true);
    const added = await moved.ask<SealSlot>('POST /v1/seal/slots', { body: { comment: 'moved' } });
    expect(added.body.binding).toEqual({ kind: 'kek', provider: 'other' });
    const [old] = (await moved.ask<SealStatus>('GET /v1/seal')).body.slots;
    expect((await moved.ask(`DELETE /v1/seal/slots/${old?.id}`)).status).toBe(204);
    kms.fault = 'kek-disabled';
    const later = await api.replica({ seals: sealsOfProvider('other') });
    expect(later.platform.sealing.isOpen).toBe(true);
    const pcrs = await later.ask('POST /v1/seal/slots', { body: { pcrs: [7], comment: '' } });
    expect([pcrs.status, pcrs.body.code]).toEqual([409, 'seal-slot-unsupported']);
  });
});

describe('a KEK that is lost', () => {
  it('is replaced by name, while it is sealed: clusters stay closed, old results can be verified', async () => {
    const path = await keyFile('lost.key');
    const api = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'key-file', path }) } });
    const body = { confirm: 'replace the KEK', reason: 'the machine is gone' };
    const open = await api.ask('POST /v1/seal/kek', { body });
    expect([open.status, open.body.code]).toEqual([409, 'not-sealed']);
    const old = await api.platform.resultSigner.sign({ sub: 'old' }, 'eat+jwt');
    const { keys: before } = api.platform.resultSigner.jwks;

    await keyFile('lost.key');
    const replica = await api.replica();
    // The first one still has the old KEK.
    const loop = await startUnsealing({ ...api.platform, stopping: new AbortController().signal, pauses });
    expect((await replica.ask('POST /v1/seal/kek', { body: { ...body, confirm: 'yes' } })).status).toBe(400);
    const replaced = await replica.ask<SealStatus>('POST /v1/seal/kek', { body });
    expect([replaced.status, replaced.body.sealed, replaced.body.slots.length]).toEqual([200, false, 1]);
    const { closedClusters } = (await replica.ask<{ closedClusters: { name: string }[] }>('GET /v1/recovery'))
      .body;
    expect(closedClusters.map(({ name }) => name).sort()).toEqual(['production', 'staging']);
    const { keys } = replica.platform.resultSigner.jwks;
    expect(keys.slice(1)).toEqual(before);
    expect(await replica.platform.resultSigner.read(old)).toEqual({ sub: 'old' });
    // It lets go of it and opens the new one: two KEKs at one time would tear the clusters apart.
    await expect
      .poll(() => api.platform.resultSigner.jwks.keys[0]?.kid, { timeout: 5_000 })
      .toBe(keys[0]?.kid);
    expect(api.platform.sealing.isOpen).toBe(true);
    await loop.stop();
    expect((await replica.ask('POST /v1/clusters', { body: newCluster })).status).toBe(201);
    expect((await api.ask<{ intact: boolean }>('GET /v1/audit/verify')).body.intact).toBe(true);
    await api.stop();
  });

  it('is known by its public key on a replica that stays sealed', async () => {
    const path = await keyFile('told.key');
    const api = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'key-file', path }) } });
    await keyFile('told.key');
    const replica = await api.replica();
    const order = { confirm: 'replace the KEK', reason: 'the machine is gone' };
    expect((await replica.ask('POST /v1/seal/kek', { body: order })).status).toBe(200);
    await keyFile('told.key');
    api.platform.sealing.drop();
    expect((await api.ask<SealStatus>('POST /v1/seal/unseal')).body.sealed).toBe(true);
    const { body } = await replica.ask('GET /.well-known/jwks.json');
    expect((await api.ask('GET /.well-known/jwks.json')).body).toEqual(body);
    const signed = await replica.platform.resultSigner.sign({ sub: 'new' }, 'eat+jwt');
    expect(await api.platform.resultSigner.read(signed)).toEqual({ sub: 'new' });
    await api.stop();
  });

  const recipients = [
    { name: 'Ada', recipient: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p' },
    { name: 'Grace', recipient: 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg' },
  ];
  it.each([
    ['a cluster', 'POST /v1/clusters', newCluster],
    ['a slot', 'POST /v1/seal/slots', { comment: '' }],
    ['a set of shares', 'POST /v1/recovery-sets', { threshold: 2, recipients, reason: '' }],
  ])(
    'S34 a replica that has not heard of a new KEK makes %s of the old one no more',
    async (_, route, body) => {
      const path = await keyFile('unheard.key');
      const api = await startTestOperatorApi({ platform: { seals: sealsOf({ kind: 'key-file', path }) } });
      await keyFile('unheard.key');
      const replica = await api.replica();
      const order = { confirm: 'replace the KEK', reason: 'the machine is gone' };
      expect((await replica.ask('POST /v1/seal/kek', { body: order })).status).toBe(200);
      expect(api.platform.sealing.isOpen).toBe(true);
      const before = await dump(api.test, ['tokens']);
      const refused = await api.ask(route, { body });
      expect([refused.status, refused.body.code]).toEqual([503, 'sealed']);
      expect(await dump(api.test, ['tokens'])).toEqual(before);
      expect(api.platform.sealing.isOpen).toBe(false);
      expect((await api.ask('POST /v1/seal/unseal')).status).toBe(200);
      expect((await api.ask(route, { body })).status).toBe(201);
      await api.stop();
    },
  );
});
