import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollateralNeed } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import { verifyReport } from '@asterism/snp';
import { MINT_AT, mintSnp, mintTdx, type MintedSnpMachine, type MintedTdxMachine } from '@asterism/testkit';
import {
  chipPath,
  intelPaths,
  MockVendor,
  publishAmd,
  publishChip,
  publishIntel,
  TestClock,
  type VendorFault,
} from '@asterism/testkit/collateral';
import { Agent, type Dispatcher } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openCollateral } from '../open-collateral.ts';
import { amdKds } from './kds.ts';
import { intelPcs, type PcsOptions } from './pcs.ts';

let snp: MintedSnpMachine;
let turin: MintedSnpMachine;
let tdx: MintedTdxMachine;
let vendor: MockVendor;
const agent = new Agent();
beforeAll(async () => {
  [snp, turin, tdx, vendor] = await Promise.all([
    mintSnp(),
    mintSnp({ product: 'Turin' }),
    mintTdx(),
    MockVendor.start(),
  ]);
  await publishAmd(vendor, snp.pki);
  await publishAmd(vendor, turin.pki);
  publishChip(vendor, snp);
  publishChip(vendor, turin);
  await publishIntel(vendor, tdx);
});
afterEach(() => {
  vendor.recover();
  vendor.requests.length = 0;
});
afterAll(async () => {
  await agent.destroy();
  await vendor[Symbol.asyncDispose]();
});

interface Options {
  readonly base?: URL;
  readonly dispatcher?: Dispatcher;
  readonly pcs?: Partial<PcsOptions>;
  readonly deadlineMilliseconds?: number;
  readonly stopping?: AbortSignal;
}

function open(options: Options = {}) {
  const { base = vendor.base, dispatcher = agent, pcs, deadlineMilliseconds = 10_000, stopping } = options;
  const clock = new TestClock(MINT_AT);
  const { source } = openCollateral({
    vendors: [amdKds(base), intelPcs({ base, rootCrl: null, update: 'standard', ...pcs })],
    roots: { amd: [...snp.roots, ...turin.roots], intel: tdx.anchors },
    stores: [],
    dispatcher,
    observer: {
      met: () => undefined,
      failed: () => undefined,
      storeFailed: () => undefined,
    },
    clock,
    random: () => 0.5,
    deadlineMilliseconds,
    stopping,
  });
  const collect = (...needs: CollateralNeed[]) => source.collect(needs, { withinMilliseconds: 20_000 });
  return { clock, collect };
}

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const CHAIN_PATH = '/vcek/v1/Milan/cert_chain';
const CRL_PATH = '/vcek/v1/Milan/crl';
const chipOf = ({ product, hwId, tcb }: MintedSnpMachine): CollateralNeed => ({
  kind: 'amd-vcek',
  product,
  chipId: toHex(hwId),
  tcb,
});
const intelNeeds = (): CollateralNeed[] => [
  { kind: 'intel-tcb-info', fmspc: toHex(tdx.fields.fmspc) },
  { kind: 'intel-qe-identity' },
  { kind: 'intel-pck-crl', ca: 'platform' },
  { kind: 'intel-root-crl' },
];

describe("AMD's Key Distribution Service", () => {
  it('gives all that a report of a chip is proved with', async () => {
    const { collect } = open();
    const { collateral, missing } = await collect(CHAIN, CRL, chipOf(snp));
    expect(missing).toEqual([]);
    const verified = await verifyReport({
      report: await snp.report(),
      leaf: snp.leaf,
      intermediates: collateral.certificates.filter(({ der }) => toHex(der) !== toHex(snp.leaf.der)),
      roots: snp.roots,
      at: MINT_AT,
      crls: collateral.crls,
      requireCrl: true,
    });
    expect(verified.facts).toEqual([]);
    expect(vendor.requests.toSorted()).toEqual([CHAIN_PATH, CRL_PATH, chipPath(snp)].toSorted());
  });

  it("asks for Turin's chips by 8 bytes and with FMC", async () => {
    const { collect } = open();
    expect((await collect(chipOf(turin))).missing).toEqual([]);
    expect(vendor.requests).toContainEqual(
      expect.stringMatching(/^\/vcek\/v1\/Turin\/[0-9a-f]{16}\?fmcSPL=\d+&blSPL=/),
    );
  });

  it("asks for a provider's chain and list in their own folder", async () => {
    const { collect } = open();
    const needs = [
      { kind: 'amd-chain', product: 'Milan', key: 'VLEK' },
      { kind: 'amd-crl', product: 'Milan', key: 'VLEK' },
    ] as const;
    expect((await collect(...needs)).missing).toEqual([]);
    expect(vendor.requests.every((path) => path.startsWith('/vlek/v1/Milan/'))).toBe(true);
  });

  it('is asked below the path of a mirror', async () => {
    const chain = vendor.base.href;
    const { collect } = open({ base: new URL('mirror/amd', chain) });
    expect((await collect(CHAIN)).missing).toHaveLength(1);
    expect(vendor.requests).toEqual([`/mirror/amd${CHAIN_PATH}`]);
  });

  it('does not know every chip, and is not asked again at once', async () => {
    const { collect, clock } = open();
    const need = chipOf(await mintSnp());
    expect((await collect(need)).missing[0]?.error).toMatchObject({
      code: 'collateral-unknown',
      outcome: 'undecided',
    });
    clock.advance(60_000);
    await collect(need);
    expect(vendor.count('/vcek/v1/Milan/')).toBe(1);
  });
});

describe("Intel's PCS", () => {
  it('gives all that a quote is proved with', async () => {
    const { collect } = open();
    const { collateral, missing } = await collect(...intelNeeds());
    expect(missing).toEqual([]);
    expect(collateral.crls).toHaveLength(2);
    expect(collateral.tdx.flatMap(({ tcbInfo, qeIdentity }) => tcbInfo ?? qeIdentity ?? [])).toHaveLength(2);
    const { tcbInfo, qeIdentity, platformCrl, rootCrl } = intelPaths(tdx);
    expect(vendor.requests.toSorted()).toEqual([tcbInfo, qeIdentity, platformCrl, rootCrl].toSorted());
  });

  it("has the root's list in a file apart", async () => {
    const { collect } = open({ pcs: { rootCrl: new URL('IntelSGXRootCA.der', vendor.base) } });
    expect((await collect({ kind: 'intel-root-crl' })).missing).toEqual([]);
    expect(vendor.requests).toContain('/IntelSGXRootCA.der');
  });

  it('is asked for early documents where that is configured', async () => {
    const { collect } = open({ pcs: { update: 'early' } });
    await collect({ kind: 'intel-qe-identity' });
    expect(vendor.requests).toEqual(['/tdx/certification/v4/qe/identity?update=early']);
  });

  it('is not believed without the issuers in their header', async () => {
    const { qeIdentity } = intelPaths(tdx);
    const answers = await tdx.answers();
    vendor.fail(qeIdentity, { kind: 'other-page', page: { body: answers.qeIdentity?.body ?? '' } });
    const { collect } = open();
    expect((await collect({ kind: 'intel-qe-identity' })).missing[0]?.error).toMatchObject({
      code: 'item-malformed',
    });
  });
});

describe('S10 a vendor that', () => {
  it.each<[string, VendorFault, string]>([
    ['is broken', { kind: 'status', status: 500 }, 'collateral-unavailable'],
    ['refuses us', { kind: 'status', status: 403 }, 'collateral-unavailable'],
    ['is busy', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, 'collateral-busy'],
    ['is down for a while', { kind: 'status', status: 503 }, 'collateral-busy'],
    ['breaks off in the middle', { kind: 'truncated' }, 'collateral-unavailable'],
    ['resets the connection', { kind: 'reset' }, 'collateral-unavailable'],
    ['never ends', { kind: 'endless' }, 'collateral-unavailable'],
    ['is slow to begin', { kind: 'slow-head', milliseconds: 5_000 }, 'collateral-timeout'],
    ['is slow to end', { kind: 'slow-body', milliseconds: 5_000 }, 'collateral-timeout'],
    [
      'hands out prose',
      { kind: 'other-page', page: { body: '<html>Welcome to the hotel</html>' } },
      'item-malformed',
    ],
    ['hands out nothing', { kind: 'other-page', page: { body: '' } }, 'item-malformed'],
  ])('%s delays and spoils only what needs it', async (_, fault, code) => {
    vendor.fail(CRL_PATH, fault);
    const { collect } = open({ deadlineMilliseconds: 400 });
    const slow = collect(CRL);
    const others = await collect(CHAIN, chipOf(snp), ...intelNeeds());
    expect(others.missing).toEqual([]);
    const { missing, collateral } = await slow;
    expect(missing[0]?.error).toMatchObject({ code });
    expect(missing[0]?.error.message).toContain('amd-crl Milan/VCEK');
    expect(collateral.crls).toEqual([]);
  });

  it('names the host that cannot be reached', async () => {
    const gone = await MockVendor.start();
    const { base } = gone;
    await gone[Symbol.asyncDispose]();
    const { missing } = await open({ base }).collect(CHAIN);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable', outcome: 'undecided' });
    expect(missing[0]?.error.message).toContain(base.host);
    expect(missing[0]?.error.message).toContain('ECONNREFUSED');
  });

  it('sends us elsewhere is not followed', async () => {
    await using elsewhere = await MockVendor.start();
    await publishAmd(elsewhere, snp.pki);
    const location = new URL(CHAIN_PATH, elsewhere.base).href;
    vendor.fail(CHAIN_PATH, { kind: 'status', status: 302, headers: { location } });
    const { missing } = await open().collect(CHAIN);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
    expect(elsewhere.requests).toEqual([]);
  });

  it("hands out another product's chain, or a list of another's, is not believed", async () => {
    const genoa = await mintSnp({ product: 'Genoa' });
    await using other = await MockVendor.start();
    await publishAmd(other, genoa.pki);
    vendor.fail(CRL_PATH, { kind: 'other-page', page: { body: (await genoa.pki.crl()).der } });
    expect((await open().collect(CRL)).missing[0]?.error).toMatchObject({ code: 'collateral-refused' });
  });

  it('S15 hands out an expired list is not believed', async () => {
    const expired = await snp.pki.crl({ thisUpdate: new Date('2026-01-01T00:00:00Z'), nextUpdate: MINT_AT });
    vendor.fail(CRL_PATH, { kind: 'other-page', page: { body: expired.der } });
    expect((await open().collect(CRL)).missing[0]?.error).toMatchObject({ code: 'collateral-expired' });
  });

  it('asks for a pause by seconds or by date gets it from everyone', async () => {
    for (const retryAfter of ['120', 'Mon, 01 Jun 2026 00:02:00 GMT']) {
      vendor.recover().requests.length = 0;
      vendor.fail(CHAIN_PATH, { kind: 'status', status: 429, headers: { 'retry-after': retryAfter } }, 1);
      const { collect, clock } = open();
      await collect(CHAIN);
      // Another need of the same host: it is not asked either.
      const { missing } = await collect({ kind: 'intel-qe-identity' });
      expect(missing[0]?.error).toMatchObject({ code: 'collateral-busy' });
      expect(vendor.requests).toEqual([CHAIN_PATH]);
      clock.advance(119_000);
      await collect(CHAIN);
      expect(vendor.requests).toEqual([CHAIN_PATH]);
      clock.advance(2_000);
      expect((await collect(CHAIN)).missing).toEqual([]);
    }
  });

  it('is asked for chips by strangers answers for lists as before', async () => {
    const { collect, clock } = open();
    const strangers = Array.from({ length: 30 }, (_, i): CollateralNeed => {
      const chipId = i.toString(16).padStart(128, '0');
      return { kind: 'amd-vcek', product: 'Milan', chipId, tcb: snp.tcb };
    });
    await collect(...strangers);
    const before = clock.slept.length;
    expect((await collect(CRL)).missing).toEqual([]);
    expect(clock.slept).toHaveLength(before);
  });
});

describe('a process that stops', () => {
  it('waits for no vendor', async () => {
    vendor.fail(CHAIN_PATH, { kind: 'slow-head', milliseconds: 5_000 });
    const stopping = new AbortController();
    const collected = open({ stopping: stopping.signal }).collect(CHAIN);
    setTimeout(() => stopping.abort(), 50);
    const start = performance.now();
    expect((await collected).missing).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('over HTTPS', () => {
  it('a certificate that nobody vouches for ends the connection, and one of the own authority does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asterism-pccs-'));
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
          ...['-subj', '/CN=pccs', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
        ],
        { stdio: 'ignore' },
      );
      const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
      await using pccs = await MockVendor.start({ tls });
      await publishIntel(pccs, tdx);
      const { missing } = await open({ base: pccs.base }).collect({ kind: 'intel-qe-identity' });
      expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
      expect(pccs.requests).toEqual([]);
      const dispatcher = new Agent({ connect: { ca: tls.cert } });
      expect((await open({ base: pccs.base, dispatcher }).collect(...intelNeeds())).missing).toEqual([]);
      await dispatcher.destroy();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
