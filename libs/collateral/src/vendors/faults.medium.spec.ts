import type { CollateralNeed } from '@asterism/attestation';
import { MINT_AT, mintSnp } from '@asterism/testkit';
import { LoopbackVendors, MockVendor, publishAmd, type VendorFault } from '@asterism/testkit/collateral';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let vendors: LoopbackVendors;
beforeAll(async () => {
  vendors = await LoopbackVendors.start();
});
afterEach(() => vendors.reset());
afterAll(() => vendors[Symbol.asyncDispose]());

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const CHAIN_PATH = '/vcek/v1/Milan/cert_chain';
const CRL_PATH = '/vcek/v1/Milan/crl';

describe('S10 a vendor that', () => {
  it.each<[string, VendorFault, string]>([
    ['is broken', { kind: 'status', status: 500 }, 'collateral-unavailable'],
    ['refuses us', { kind: 'status', status: 403 }, 'collateral-unavailable'],
    ['is busy', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, 'collateral-busy'],
    ['is down for a while', { kind: 'status', status: 503 }, 'collateral-busy'],
    ['breaks off in the middle', { kind: 'truncated' }, 'collateral-unavailable'],
    ['resets the connection', { kind: 'reset' }, 'collateral-unavailable'],
    ['never ends', { kind: 'endless' }, 'collateral-unavailable'],
    ['is slow to begin', { kind: 'slow-head', milliseconds: 20_000 }, 'collateral-timeout'],
    ['is slow to end', { kind: 'slow-body', milliseconds: 20_000 }, 'collateral-timeout'],
    [
      'hands out prose',
      { kind: 'other-page', page: { body: '<html>Welcome to the hotel</html>' } },
      'item-malformed',
    ],
    ['hands out nothing', { kind: 'other-page', page: { body: '' } }, 'item-malformed'],
  ])('%s delays and spoils only what needs it', async (_, fault, code) => {
    vendors.vendor.fail(CRL_PATH, fault);
    const { collect } = vendors.source({ deadlineMilliseconds: 2_000 });
    const slow = collect(CRL);
    const others = await collect(CHAIN, vendors.chipOf(vendors.milan), ...vendors.intelNeeds);
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
    const { missing } = await vendors.source({ base }).collect(CHAIN);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable', outcome: 'undecided' });
    expect(missing[0]?.error.message).toContain(base.host);
    expect(missing[0]?.error.message).toContain('ECONNREFUSED');
  });

  it('sends us elsewhere is not followed', async () => {
    await using elsewhere = await MockVendor.start();
    await publishAmd(elsewhere, vendors.milan.pki);
    const location = new URL(CHAIN_PATH, elsewhere.base).href;
    vendors.vendor.fail(CHAIN_PATH, { kind: 'status', status: 302, headers: { location } });
    const { missing } = await vendors.source().collect(CHAIN);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
    expect(elsewhere.requests).toEqual([]);
  });

  it("hands out another product's chain, or a list of another's, is not believed", async () => {
    const genoa = await mintSnp({ product: 'Genoa' });
    await using other = await MockVendor.start();
    await publishAmd(other, genoa.pki);
    vendors.vendor.fail(CRL_PATH, { kind: 'other-page', page: { body: (await genoa.pki.crl()).der } });
    expect((await vendors.source().collect(CRL)).missing[0]?.error).toMatchObject({
      code: 'collateral-refused',
    });
  });

  it('S15 hands out an expired list is not believed', async () => {
    const expired = await vendors.milan.pki.crl({
      thisUpdate: new Date('2026-01-01T00:00:00Z'),
      nextUpdate: MINT_AT,
    });
    vendors.vendor.fail(CRL_PATH, { kind: 'other-page', page: { body: expired.der } });
    expect((await vendors.source().collect(CRL)).missing[0]?.error).toMatchObject({
      code: 'collateral-expired',
    });
  });

  it('asks for a pause by seconds or by date gets it from everyone', async () => {
    for (const retryAfter of ['120', 'Mon, 01 Jun 2026 00:02:00 GMT']) {
      vendors.vendor.recover().requests.length = 0;
      vendors.vendor.fail(
        CHAIN_PATH,
        { kind: 'status', status: 429, headers: { 'retry-after': retryAfter } },
        1,
      );
      const { collect, clock } = vendors.source();
      await collect(CHAIN);
      // Another need of the same host: it is not asked either.
      const { missing } = await collect({ kind: 'intel-qe-identity' });
      expect(missing[0]?.error).toMatchObject({ code: 'collateral-busy' });
      expect(vendors.vendor.requests).toEqual([CHAIN_PATH]);
      clock.advance(119_000);
      await collect(CHAIN);
      expect(vendors.vendor.requests).toEqual([CHAIN_PATH]);
      clock.advance(2_000);
      expect((await collect(CHAIN)).missing).toEqual([]);
    }
  });

  it('is asked for chips by strangers answers for lists as before', async () => {
    const { collect, clock } = vendors.source();
    const strangers = Array.from({ length: 30 }, (_, i): CollateralNeed => {
      const chipId = i.toString(16).padStart(128, '0');
      return { kind: 'amd-vcek', product: 'Milan', chipId, tcb: vendors.milan.tcb };
    });
    await collect(...strangers);
    const before = clock.slept.length;
    expect((await collect(CRL)).missing).toEqual([]);
    expect(clock.slept).toHaveLength(before);
  });
});

describe('a process that stops', () => {
  it('waits for no vendor', async () => {
    vendors.vendor.fail(CHAIN_PATH, { kind: 'slow-head', milliseconds: 20_000 });
    const stopping = new AbortController();
    const collected = vendors.source({ stopping: stopping.signal }).collect(CHAIN);
    setTimeout(() => stopping.abort(), 50);
    const start = performance.now();
    expect((await collected).missing).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
