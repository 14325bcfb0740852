import type { CollateralNeed } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import type { AuditRecord, CollateralBundle, CollateralEntry, CollateralImport } from '@asterism/contracts';
import { collateral, type Database } from '@asterism/persistence';
import {
  MINT_AT,
  mintSnp,
  startTestDatabase,
  seedCluster,
  type MintedSnpMachine,
  type TestDatabase,
} from '@asterism/testkit';
import { MockVendor, publishAmd, publishChip } from '@asterism/testkit/collateral';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { keepUp } from './collateral-upkeep.ts';

type Page<Item> = { readonly items: Item[]; readonly nextCursor: string | null };

const HOUR = 3_600_000;
const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };

let now = MINT_AT;
let machine: MintedSnpMachine;
let vendor: MockVendor;
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  [machine, vendor, test] = await Promise.all([
    mintSnp(),
    MockVendor.start(),
    startTestDatabase({ clock: () => now }),
  ]);
  database = test.database;
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await test.stop();
});

/** A process of the API. */
interface Replica extends TestPlatform {
  readonly operators: TestOperators;
  collect(...needs: CollateralNeed[]): Promise<{ revoked: number | undefined; missing: string[] }>;
}

const running: Replica[] = [];
async function start({ online = true, on = database } = {}): Promise<Replica> {
  const vendors = { roots: { amd: machine.roots }, ...(online && { base: vendor.base }) };
  const made = await createTestPlatform(on, vendors);
  const operators = await serveTestOperators(made.platform);
  const collect: Replica['collect'] = async (...needs) => {
    const { source } = made.platform.collateral;
    const { collateral: found, missing } = await source.collect(needs, { withinMilliseconds: 10_000 });
    return { revoked: found.crls[0]?.revoked.size, missing: missing.map(({ error }) => error.code) };
  };
  const replica = { ...made, operators, collect };
  running.push(replica);
  return replica;
}

beforeEach(async () => {
  now = MINT_AT;
  vendor.recover().requests.length = 0;
  await publishAmd(vendor, machine.pki);
  publishChip(vendor, machine);
});
afterEach(async () => {
  for (const { operators, stop } of running.splice(0)) {
    await operators.close();
    await stop();
  }
  await test.sql('delete from collateral');
});

const chipOf = ({ product, hwId, tcb }: MintedSnpMachine): CollateralNeed => ({
  kind: 'amd-vcek',
  product,
  chipId: toHex(hwId),
  tcb,
});

async function publishNewer(revoked: number[]): Promise<void> {
  const crl = await machine.pki.crl({
    revoked,
    thisUpdate: new Date('2026-06-01T00:30:00Z'),
    nextUpdate: new Date('2026-07-01T00:00:00Z'),
  });
  await publishAmd(vendor, machine.pki, crl);
}

describe('the replicas', () => {
  it('share what one of them fetched, also over a restart', async () => {
    const first = await start();
    expect(await first.collect(CHAIN, CRL, chipOf(machine))).toEqual({ revoked: 0, missing: [] });
    expect(vendor.requests).toHaveLength(3);
    const second = await start();
    expect(await second.collect(CHAIN, CRL, chipOf(machine))).toEqual({ revoked: 0, missing: [] });
    expect(vendor.requests).toHaveLength(3);
  });

  it('make no request that nothing needs, and none at all where the API is offline', async () => {
    const online = await start();
    await keepUp(online.platform);
    const offline = await start({ online: false });
    expect(await offline.collect(CRL)).toEqual({ revoked: undefined, missing: ['collateral-offline'] });
    expect(vendor.requests).toEqual([]);
  });

  it('S15 do not use a row that has expired, or that somebody edited', async () => {
    await (await start()).collect(CRL);
    vendor.fail('/', { kind: 'status', status: 500 });
    await test.sql(
      `update collateral set content = set_byte(content, length(content) - 1, 0) where kind = 'amd-crl'`,
    );
    expect((await (await start()).collect(CRL)).missing).toEqual(['collateral-unavailable']);
    vendor.recover();
    expect((await (await start()).collect(CRL)).missing).toEqual([]);
    vendor.fail('/', { kind: 'status', status: 500 });
    now = new Date('2026-06-20T00:00:00Z');
    expect((await (await start()).collect(CRL)).missing).toEqual(['collateral-unavailable']);
  });

  it('renew ahead of expiry, all of them hear of a change, and metrics name no chip', async () => {
    const { platform, collect } = await start();
    await collect(CRL, chipOf(machine));
    await publishNewer([0x10001]);
    now = new Date(MINT_AT.getTime() + 12 * HOUR);
    await keepUp(platform);
    expect(await collect(CRL)).toEqual({ revoked: 1, missing: [] });
    const told = await test.sql(`select data->>'kind' as kind from events where type = 'collateral.changed'`);
    expect(told.map(({ kind }) => kind)).toEqual(['amd-crl']);
    const text = await platform.metrics.registry.metrics();
    expect(text).toContain('asterism_collateral_requests_total{kind="amd-vcek",outcome="vendor"} 1');
    expect(text).toMatch(/asterism_collateral_expiry_seconds\{kind="amd-crl"\} \d+/);
    expect(text).not.toContain(toHex(machine.hwId));
  });

  it('forget rows that have expired', async () => {
    const { platform, collect } = await start();
    await collect(CRL);
    now = new Date('2026-06-20T00:00:00Z');
    vendor.fail('/', { kind: 'status', status: 500 });
    await keepUp(platform);
    expect((await collateral.all(database.queries, 10)).map(({ kind }) => kind)).toEqual(['amd-chain']);
  });
});

describe('operators', () => {
  it('see what is kept: of what, by whom, from where and how long', async () => {
    const { operators, collect } = await start();
    await collect(CRL);
    const { status, body } = await operators.ask<Page<CollateralEntry>>('GET /v1/collateral?limit=1');
    expect(status).toBe(200);
    expect(body.items).toEqual([
      {
        kind: 'amd-chain',
        key: 'Milan/VCEK',
        issuer: expect.stringContaining('ARK-Milan'),
        thisUpdate: '2026-01-01T00:00:00.000Z',
        nextUpdate: '2027-01-01T00:00:00.000Z',
        fetchedAt: MINT_AT.toISOString(),
        source: vendor.base.host,
        contentSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    const next = await operators.ask<Page<CollateralEntry>>(
      `GET /v1/collateral?limit=1&cursor=${body.nextCursor}`,
    );
    expect(next.body.items.map(({ kind }) => kind)).toEqual(['amd-crl']);
  });

  it('carry it to a site without a way to the vendors, where it is verified again', async () => {
    const { operators, collect } = await start();
    await collect(CHAIN, CRL, chipOf(machine));
    const { body: bundle } = await operators.ask<CollateralBundle>('GET /v1/collateral/bundle');
    expect(bundle.items).toHaveLength(3);
    await test.sql('delete from collateral');

    const site = await start({ online: false });
    const [chain, crl, vcek] = bundle.items;
    if (!chain || !crl || !vcek) throw new Error('bundle is short');
    const spoilt = [chain, { ...crl, content: chain.content }, vcek, { ...vcek, key: 'Milan/none' }];
    const { status, body } = await site.operators.ask<CollateralImport>('POST /v1/collateral/bundle', {
      body: { ...bundle, items: spoilt },
    });
    expect(status).toBe(200);
    expect(body.imported.map(({ kind }) => kind)).toEqual(['amd-chain', 'amd-vcek']);
    expect(body.refused.map(({ kind, code }) => [kind, code])).toEqual([
      ['amd-crl', 'item-malformed'],
      ['amd-vcek', 'need-malformed'],
    ]);
    const [record] = (await site.operators.ask<Page<AuditRecord>>('GET /v1/audit?limit=1')).body.items;
    expect(record).toMatchObject({
      action: 'collateral.imported',
      actor: `token:${site.operators.admin.id}`,
      details: { imported: ['amd-chain Milan/VCEK', expect.stringContaining('amd-vcek Milan/')] },
    });
    vendor.requests.length = 0;
    expect(await site.collect(CHAIN, chipOf(machine))).toEqual({ revoked: undefined, missing: [] });
    expect(vendor.requests).toEqual([]);
  });

  it('S15 cannot bring an older or an expired list back', async () => {
    const { operators, collect } = await start();
    const old = (await collect(CRL), await operators.ask<CollateralBundle>('GET /v1/collateral/bundle')).body;
    await test.sql('delete from collateral');
    await publishNewer([0x10001]);
    now = new Date(MINT_AT.getTime() + HOUR);
    const later = await start();
    await later.collect(CRL);
    const again = await later.operators.ask<CollateralImport>('POST /v1/collateral/bundle', { body: old });
    expect(again.body.refused.map(({ kind, code }) => [kind, code])).toEqual([
      ['amd-crl', 'collateral-older'],
    ]);
    now = new Date('2026-06-20T00:00:00Z');
    const late = await (
      await start()
    ).operators.ask<CollateralImport>('POST /v1/collateral/bundle', { body: old });
    expect(late.body.refused.map(({ kind, code }) => [kind, code])).toEqual([
      ['amd-crl', 'collateral-expired'],
    ]);
  });

  it('who hold a role over one cluster only see nothing of the chips of others', async () => {
    const { operators } = await start();
    const { cluster } = await seedCluster(database, { name: 'tenant' });
    const { secret } = await operators.token([{ role: 'operator', clusterId: cluster.id }]);
    for (const route of ['GET /v1/collateral', 'GET /v1/collateral/bundle']) {
      expect((await operators.ask(route, { token: secret })).body.code).toBe('permission-denied');
    }
  });
});
