import { canonicalJson, toHex, type Json } from '@asterism/bytes';
import type {
  CreatedRecoverySet,
  Problem,
  RecoveryProgress,
  RecoverySet,
  RecoveryStatus,
} from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { startTestDatabase, type TestDatabase } from '@asterism/testkit';
import { makePeople, type Person } from '@asterism/testkit/recovery';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../platform/platform.ts';
import { dump } from '../testing/dump.ts';
import { makeFileSeal } from '../testing/file-seal.ts';
import { openShares, recipientsOf } from '../testing/people.ts';
import {
  startTestOperatorApi,
  type TestOperatorApi,
  type TestOperators,
} from '../testing/test-operator-api.ts';

type Replica = TestOperators & { readonly platform: Platform };

let holder: TestDatabase;
let folder: string;
let people: Person[];
beforeAll(async () => {
  holder = await startTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'asterism-recovery-'));
  people = await makePeople('Ada', 'Grace', 'Emmy');
});
afterAll(async () => {
  await holder.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Another share that is whole in itself, as somebody makes it who has read how. */
function edit(text = '', change: object): string {
  const share: Record<string, Json> = { ...(JSON.parse(text) as Record<string, Json>), ...change };
  delete share['check'];
  const check = createHash('sha256').update(canonicalJson(share)).digest('hex').slice(0, 16);
  return JSON.stringify({ ...share, check });
}

describe('recovery', () => {
  let api: TestOperatorApi;
  let clock: Date;
  beforeEach(async () => {
    clock = new Date();
    const seals = await makeFileSeal(folder);
    api = await startTestOperatorApi({ platform: { seals }, database: { clock: () => clock } });
  });
  afterEach(() => api.stop());

  /** Another machine: nothing that sealed here opens there. */
  const elsewhere = async (): Promise<Replica> => api.replica({ seals: await makeFileSeal(folder) });
  const issue = async (route = '/v1/recovery-sets', holders = people, threshold = 2) => {
    const recipients = recipientsOf(holders);
    const answer = await api.ask<CreatedRecoverySet>(`POST ${route}`, {
      body: { threshold, recipients, reason: 'test' },
    });
    expect(answer.status).toBe(201);
    return { ...answer.body, texts: await openShares(answer.body.shares, holders) };
  };
  const submit = (replica: Replica, share = '') =>
    replica.ask<RecoveryProgress & Problem>('POST /v1/recovery/shares', { body: { share } });
  const status = async (replica: TestOperators) =>
    (await replica.ask<RecoveryStatus>('GET /v1/recovery')).body;
  const secretOf = async ({ clusterRoots }: Platform) => {
    const { id } = api.clusters.production.cluster;
    return toHex(await clusterRoots.readRoot(id));
  };
  /** Asserts that a request is refused with a code, and that nothing but the audit log knows of it. */
  const refused = async (replica: Replica, share: string | undefined, code: string, http: number) => {
    const apart = ['audit', 'audit_heads', 'tokens'];
    const before = await dump(api.test, apart);
    const kept = await status(replica);
    const answer = await submit(replica, share);
    expect([answer.status, answer.body.code]).toEqual([http, code]);
    expect(await dump(api.test, apart)).toEqual(before);
    expect(await status(replica)).toEqual(kept);
    expect(replica.platform.sealing.isOpen).toBe(!kept.sealed);
    const [record] = await api.test.sql(
      'select actor, action, details from audit order by sequence desc limit 1',
    );
    expect(record).toMatchObject({
      actor: `token:${replica.admin.id}`,
      action: 'recovery.share-refused',
      details: { code },
    });
  };

  it('gives the API its KEK back from two of three shares, seals it anew and unseals', async () => {
    const root = await secretOf(api.platform);
    const { keys } = api.platform.resultSigner.jwks;
    const { set, texts } = await issue();
    const replica = await elsewhere();
    expect(await status(replica)).toEqual({
      sealed: true,
      closedClusters: [],
      collecting: [],
      expiresAt: null,
    });
    const first = await submit(replica, texts[2]);
    expect(first.body).toEqual({
      set: { id: set.id, scope: { kind: 'platform' }, threshold: 2 },
      received: [{ index: 3, name: 'Emmy' }],
      recovered: false,
    });
    expect(await status(replica)).toMatchObject({ sealed: true, collecting: [first.body] });
    const second = await submit(replica, texts[0]);
    expect(second.body).toMatchObject({ received: [{ index: 3 }, { index: 1 }], recovered: true });
    expect(await status(replica)).toMatchObject({ sealed: false, closedClusters: [], collecting: [] });
    expect(await secretOf(replica.platform)).toBe(root);
    expect(replica.platform.resultSigner.jwks.keys).toEqual(keys);
    expect(await replica.platform.resultSigner.sign({}, 'eat+jwt')).toMatch(/^ey/);
    // The new slot opens at the next start; the old one is still there for its own machine.
    const again = await api.replica({ seals: replica.platform.sealing.seals });
    expect(again.platform.sealing.isOpen).toBe(true);
    expect((await api.replica()).platform.sealing.isOpen).toBe(true);
    const { body } = await api.ask<Page<RecoverySet>>('GET /v1/recovery-sets');
    expect(body.items[0]?.shares.map(({ lastUsedAt }) => lastUsedAt !== null)).toEqual([true, false, true]);
  });

  it('is in the audit log: who issued, who brought which share, and what came of it', async () => {
    const { set, texts } = await issue();
    const replica = await elsewhere();
    await submit(replica, texts[0]);
    await submit(replica, texts[0]);
    await submit(replica, texts[1]);
    const rows = await api.test.sql('select actor, action, target, details from audit order by sequence');
    expect(rows.map(({ action }) => action)).toEqual([
      'recovery.issued',
      'recovery.share-submitted',
      'recovery.share-refused',
      'recovery.share-submitted',
      'seal.recovered',
      'recovery.completed',
    ]);
    expect(rows.slice(1).every(({ actor }) => actor === `token:${replica.admin.id}`)).toBe(true);
    expect(rows.map(({ details }) => details)).toMatchObject([
      { threshold: 2, superseded: null },
      { index: 1 },
      { code: 'recovery-share-repeated', index: 1 },
      { index: 2 },
      {},
      { shares: [1, 2] },
    ]);
    expect(rows[0]?.['target']).toBe(`recovery-set:${set.id}`);
    const events = await api.test.sql(
      `select type, data from events where type like 'recovery.%' order by id`,
    );
    expect(events.map(({ type }) => type)).toEqual([
      'recovery.issued',
      ...Array(3).fill('recovery.progress'),
    ]);
  });

  it('S25 refuses a share that is damaged, foreign, wrong, repeated or superseded, and changes nothing', async () => {
    const old = await issue();
    const { texts } = await issue();
    const cluster = await issue('/v1/clusters/production/recovery-sets');
    const other = await startTestOperatorApi({ platform: { seals: await makeFileSeal(folder) } });
    const recipients = recipientsOf(people);
    const { body } = await other.ask<CreatedRecoverySet>('POST /v1/recovery-sets', {
      body: { threshold: 2, recipients, reason: '' },
    });
    const [foreign] = await openShares(body.shares, people);
    await other.stop();
    const replica = await elsewhere();
    const shareOf = (text = '') => (JSON.parse(text) as { share: string }).share;

    await refused(replica, 'AGE-SECRET-KEY-1', 'recovery-share-malformed', 400);
    await refused(replica, texts[0]?.replace('"index":1', '"index":2'), 'recovery-share-malformed', 400);
    await refused(replica, foreign, 'recovery-share-foreign', 422);
    await refused(replica, old.texts[0], 'recovery-share-superseded', 422);
    await refused(replica, edit(texts[0], { index: 2 }), 'recovery-share-wrong', 422);
    await refused(replica, edit(texts[0], { share: shareOf(texts[1]) }), 'recovery-share-wrong', 422);
    await refused(replica, edit(cluster.texts[0], { scope: { kind: 'platform' } }), 'sealed', 503);
    // A cluster's root would have nothing to be wrapped under.
    await refused(replica, cluster.texts[0], 'sealed', 503);
    expect((await submit(replica, texts[0])).body.recovered).toBe(false);
    await refused(replica, texts[0], 'recovery-share-repeated', 409);
    // One alone is too few, whatever came between.
    expect(await status(replica)).toMatchObject({ sealed: true, collecting: [{ received: [{ index: 1 }] }] });
    expect((await submit(replica, texts[1])).body.recovered).toBe(true);
    await refused(replica, texts[2], 'not-sealed', 409);
  });

  it('S25 takes no secret that the set was not made of, and no KEK that opens nothing', async () => {
    const { set, texts } = await issue();
    const replica = await elsewhere();
    const commitment = async (bytes: Uint8Array) =>
      api.test.sql('update recovery_sets set commitment = $1 where id = $2', [bytes, set.id]);
    const [kept] = await api.test.sql('select commitment from recovery_sets');
    await commitment(randomBytes(32));
    await submit(replica, texts[0]);
    const apart = ['audit', 'events', 'tokens'];
    let before = await dump(api.test, apart);
    expect((await submit(replica, texts[1])).body.code).toBe('recovery-secret-wrong');
    expect(await dump(api.test, apart)).toEqual(before);

    await commitment(kept?.['commitment'] as Uint8Array);
    const [root] = await api.test.sql(`select value from settings where name = 'result-signing-root'`);
    await api.test.sql(`update settings set value = $1 where name = 'result-signing-root'`, [
      randomBytes(93),
    ]);
    await submit(replica, texts[0]);
    before = await dump(api.test, apart);
    const answer = await submit(replica, texts[1]);
    expect([answer.status, answer.body.code]).toEqual([422, 'recovery-secret-wrong']);
    expect(await dump(api.test, apart)).toEqual(before);
    expect(replica.platform.sealing.isOpen).toBe(false);
    await api.test.sql(`update settings set value = $1 where name = 'result-signing-root'`, [
      root?.['value'],
    ]);
    await submit(replica, texts[0]);
    expect((await submit(replica, texts[1])).body.recovered).toBe(true);
  });

  it('opens clusters one by one where the KEK is lost for good', async () => {
    const root = await secretOf(api.platform);
    const { texts } = await issue('/v1/clusters/production/recovery-sets');
    const staging = await issue('/v1/clusters/staging/recovery-sets');
    const platform = await issue();
    await refused({ ...api, platform: api.platform }, texts[0], 'not-sealed', 409);
    const replica = await elsewhere();
    const replace = { confirm: 'replace the KEK', reason: 'lost' };
    expect((await replica.ask('POST /v1/seal/kek', { body: replace })).status).toBe(200);
    const closed = async () => (await status(replica)).closedClusters.map(({ name }) => name).sort();
    expect(await closed()).toEqual(['production', 'staging']);
    const { id } = api.clusters.production.cluster;
    await expect(replica.platform.clusterRoots.open(id)).rejects.toMatchObject({ code: 'sealed' });
    // What the old KEK's shares give opens nothing any more.
    await refused(replica, platform.texts[0], 'recovery-share-superseded', 422);

    await submit(replica, texts[0]);
    // A share of another cluster counts for that cluster.
    expect((await submit(replica, staging.texts[1])).body.received).toEqual([{ index: 2, name: 'Grace' }]);
    expect((await submit(replica, texts[1])).body.recovered).toBe(true);
    expect(await closed()).toEqual(['staging']);
    expect(await secretOf(replica.platform)).toBe(root);
    expect((await submit(replica, staging.texts[2])).body.recovered).toBe(true);
    expect(await closed()).toEqual([]);
  });

  it('S25 wraps no root that does not give the cluster its measured identity', async () => {
    const { texts } = await issue('/v1/clusters/production/recovery-sets');
    const replica = await elsewhere();
    await replica.ask('POST /v1/seal/kek', { body: { confirm: 'replace the KEK', reason: 'lost' } });
    const { id } = api.clusters.production.cluster;
    await api.test.sql('update clusters set measurement_salt = $1 where id = $2', [randomBytes(32), id]);
    await submit(replica, texts[0]);
    const before = await dump(api.test, ['audit', 'events', 'tokens']);
    expect((await submit(replica, texts[1])).body.code).toBe('recovery-secret-wrong');
    expect(await dump(api.test, ['audit', 'events', 'tokens'])).toEqual(before);
  });

  it('forgets shares after half an hour, and when it is told to', async () => {
    const { texts } = await issue();
    const replica = await elsewhere();
    await submit(replica, texts[0]);
    const { expiresAt } = await status(replica);
    expect(Date.parse(expiresAt ?? '') - clock.getTime()).toBe(30 * 60_000);
    clock = new Date(clock.getTime() + 30 * 60_000);
    expect(await status(replica)).toMatchObject({ collecting: [], expiresAt: null });
    expect((await submit(replica, texts[1])).body).toMatchObject({
      received: [{ index: 2 }],
      recovered: false,
    });
    expect((await replica.ask('DELETE /v1/recovery/shares')).status).toBe(204);
    expect(await status(replica)).toMatchObject({ collecting: [] });
  });

  it('recovers once where two last shares come at one time', async () => {
    const { texts } = await issue();
    const replica = await elsewhere();
    await submit(replica, texts[0]);
    const answers = await Promise.all([submit(replica, texts[1]), submit(replica, texts[2])]);
    expect(answers.map(({ status: http }) => http).sort()).toEqual([200, 409]);
    expect(await api.test.sql(`select from audit where action = 'recovery.completed'`)).toHaveLength(1);
  });

  it('shows shares once: a repeat with the same Idempotency-Key is refused, and nothing of them is stored', async () => {
    const recipients = recipientsOf(people);
    const request = {
      body: { threshold: 2, recipients, reason: '' },
      headers: { 'idempotency-key': 'once' },
    };
    const made = await api.ask<CreatedRecoverySet>('POST /v1/recovery-sets', request);
    const repeat = await api.ask('POST /v1/recovery-sets', request);
    expect([repeat.status, repeat.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect(await api.test.sql('select from recovery_sets')).toHaveLength(1);
    const texts = await openShares(made.body.shares, people);
    const replica = await elsewhere();
    for (const text of texts.slice(0, 2)) await submit(replica, text);
    expect(replica.platform.sealing.isOpen).toBe(true);
    const stored = JSON.stringify([
      await dump(api.test),
      await api.test.sql('select * from idempotency_keys'),
    ]);
    const kek = replica.platform.sealing.kek;
    const secrets = [
      ...made.body.shares.map(({ encrypted }) => encrypted.slice(40, 100)),
      ...texts.map((text) => (JSON.parse(text) as { share: string }).share),
      toHex(kek),
      Buffer.from(kek).toString('base64url'),
    ];
    for (const secret of secrets) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret).toString('hex'));
      expect(api.logged.join('')).not.toContain(secret);
    }
  });

  it('refuses a set for people that are none', async () => {
    const [ada, grace] = recipientsOf(people);
    const bodies = [
      { threshold: 3, recipients: [ada, grace] },
      { threshold: 2, recipients: [ada, { ...grace, name: 'Ada' }] },
      { threshold: 2, recipients: [ada, { ...ada, name: 'Ada again' }] },
      { threshold: 2, recipients: [ada, { name: 'x', recipient: grace?.recipient.replace(/.$/, 'q') }] },
    ];
    for (const body of bodies) {
      const answer = await api.ask('POST /v1/recovery-sets', { body: { ...body, reason: '' } });
      expect([answer.status, answer.body.code]).toEqual([400, 'request-invalid']);
    }
    expect(await api.test.sql('select from recovery_sets')).toEqual([]);
  });

  it('of two who issue at one time the later one’s set is the active one', async () => {
    await Promise.all([issue(), issue(), issue()]);
    const { body } = await api.ask<Page<RecoverySet>>('GET /v1/recovery-sets');
    expect(body.items.map(({ state }) => state).sort()).toEqual(['active', 'superseded', 'superseded']);
  });
});
