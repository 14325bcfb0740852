import { seedCluster, startTestDatabase, type SeededCluster, type TestDatabase } from '@asterism/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collateral, inTransaction, type Database } from '../index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const HOUR = 3_600_000;
const later = (hours: number) => new Date(NOW.getTime() + hours * HOUR);
const sha = (digit: string) => digit.repeat(64);

let test: TestDatabase;
let db: Database;
let seeded: SeededCluster;
beforeAll(async () => {
  test = await startTestDatabase({ clock: () => NOW });
  db = test.database;
  seeded = await seedCluster(db);
});
afterAll(() => test?.stop());
beforeEach(async () => {
  await test.sql('delete from collateral');
  await test.sql('delete from machines');
});

const itemOf = (changes: Partial<collateral.StoredCollateral> = {}): collateral.StoredCollateral => ({
  kind: 'amd-crl',
  key: 'Milan/VCEK',
  content: Uint8Array.of(1, 2, 3),
  contentSha256: sha('a'),
  issuerChain: 'PEM',
  issuer: 'CN=ARK-Milan',
  source: 'kds.example',
  thisUpdate: NOW,
  nextUpdate: later(24),
  fetchedAt: NOW,
  ...changes,
});

const put = (item: collateral.StoredCollateral) => inTransaction(db, (tx) => collateral.put(tx, item));

describe('collateral in the database', () => {
  it('comes back as it went', async () => {
    await put(itemOf());
    const found = await collateral.find(db.queries, { kind: 'amd-crl', key: 'Milan/VCEK' });
    expect(found && { ...found, content: new Uint8Array(found.content) }).toEqual(itemOf());
    expect(await collateral.find(db.queries, { kind: 'amd-crl', key: 'Genoa/VCEK' })).toBeUndefined();
  });

  it('S15 gives way to a newer one and never to an older one', async () => {
    expect(await put(itemOf())).toBe('new');
    expect(await put(itemOf({ fetchedAt: later(1) }))).toBe('unchanged');
    expect(await put(itemOf({ thisUpdate: later(1), contentSha256: sha('b') }))).toBe('changed');
    expect(await put(itemOf({ thisUpdate: later(-1), contentSha256: sha('c') }))).toBe('older');
    const found = await collateral.find(db.queries, { kind: 'amd-crl', key: 'Milan/VCEK' });
    expect(found?.contentSha256).toBe(sha('b'));
  });

  it('S15 goes when it has expired', async () => {
    await put(itemOf({ nextUpdate: NOW }));
    await put(itemOf({ key: 'Genoa/VCEK' }));
    await collateral.prune(db.queries, NOW);
    expect((await collateral.all(db.queries, 10)).map(({ key }) => key)).toEqual(['Genoa/VCEK']);
  });

  it('is listed by kind and key, in pages, without its content', async () => {
    for (const [kind, key] of [
      ['intel-root-crl', 'root'],
      ['amd-crl', 'Milan/VLEK'],
      ['amd-chain', 'Turin/VCEK'],
      ['amd-crl', 'Milan/VCEK'],
    ] as const) {
      await put(itemOf({ kind, key }));
    }
    const first = await collateral.list(db.queries, { limit: 3 });
    expect(first.items.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'amd-chain Turin/VCEK',
      'amd-crl Milan/VCEK',
      'amd-crl Milan/VLEK',
    ]);
    expect(first.items[0]).not.toHaveProperty('content');
    const second = await collateral.list(db.queries, { limit: 3, cursor: first.nextCursor ?? '' });
    expect([second.items.map(({ kind }) => kind), second.nextCursor]).toEqual([['intel-root-crl'], null]);
    await expect(collateral.list(db.queries, { limit: 3, cursor: 'eA' })).rejects.toMatchObject({
      code: 'cursor-invalid',
    });
  });
});

describe('nodes that depend on collateral', () => {
  const used = (contentSha256: string, key = 'Milan/VCEK') => ({ kind: 'amd-crl', key, contentSha256 });
  const due = async (nodeId: string) => {
    const row = await db.queries
      .selectFrom('nodes')
      .select('nextAppraisalAt')
      .where('id', '=', nodeId)
      .executeTakeFirst();
    return row?.nextAppraisalAt;
  };

  async function node(name: string, state = 'member'): Promise<string> {
    const id = db.newId();
    const clusterId = seeded.cluster.id;
    const poolId = seeded.pools.worker.id;
    const identity = Buffer.from(name).toString('hex').padEnd(64, '0');
    await test.sql(`insert into machines (identity, cluster_id, pool_id, variant, ek_public, created_at)
      values ('${identity}', '${clusterId}', '${poolId}', 'sev-snp', '', now())`);
    await test.sql(`insert into nodes (id, cluster_id, pool_id, identity, name, state, next_appraisal_at, created_at, updated_at)
      values ('${id}', '${clusterId}', '${poolId}', '${identity}', '${name}', '${state}',
        '${later(5).toISOString()}', now(), now())`);
    return id;
  }
  const note = (nodeId: string, items: collateral.UsedCollateral[]) =>
    inTransaction(db, (tx) => collateral.noteUsed(tx, seeded.cluster.id, nodeId, items));

  const changeTo = (contentSha256: string, key = 'Milan/VCEK') => put(itemOf({ contentSha256, key }));
  const appraise = (spread = 60_000) => collateral.appraiseDependents(db.queries, { now: NOW, spread });

  it('S15 are due soon when it changes; those that used it as it is now, or another, are not', async () => {
    const [old, current, other] = [await node('old'), await node('current'), await node('other')];
    await changeTo(sha('b'));
    await changeTo(sha('a'), 'Genoa/VCEK');
    await note(old, [used(sha('a'))]);
    await note(current, [used(sha('b'))]);
    await note(other, [used(sha('a'), 'Genoa/VCEK')]);
    expect(await appraise()).toBe(1);
    const at = (await due(old))?.getTime() ?? 0;
    expect(at).toBeGreaterThanOrEqual(NOW.getTime());
    expect(at).toBeLessThanOrEqual(NOW.getTime() + 60_000);
    expect(await due(current)).toEqual(later(5));
    expect(await due(other)).toEqual(later(5));
    expect(await appraise()).toBe(0);
  });

  it('are known by their latest appraisal only', async () => {
    const id = await node('twice');
    await changeTo(sha('c'));
    await changeTo(sha('c'), 'Genoa/VCEK');
    await note(id, [used(sha('c')), used(sha('a'), 'Genoa/VCEK')]);
    await note(id, [used(sha('c'))]);
    expect(await appraise()).toBe(0);
    await note(id, [used(sha('b'))]);
    expect(await appraise()).toBe(1);
  });

  it('are left in peace where nothing is known to be newer, and once they are out', async () => {
    const [gone, out] = [await node('gone'), await node('out', 'quarantined')];
    await note(gone, [used(sha('a'), 'Turin/VCEK')]);
    await changeTo(sha('b'));
    await note(out, [used(sha('a'))]);
    expect(await appraise()).toBe(0);
    expect(await due(out)).toEqual(later(5));
  });
});
