import type { CollateralNeed } from '@asterism/attestation';
import { mintSnp } from '@asterism/testkit';
import { openAmdSite, TestStore } from '@asterism/testkit/collateral';
import { describe, expect, it } from 'vitest';
import { CollateralUndecidedError } from '../errors.ts';

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };

describe('collect', () => {
  it('asks the vendor once, and answers from memory after', async () => {
    const { vcek, machine, collect, vendor, told } = await openAmdSite();
    const first = await collect([CHAIN, CRL, vcek]);
    expect(first.missing).toEqual([]);
    expect(first.collateral.certificates.map(({ der }) => der)).toEqual(
      expect.arrayContaining([machine.leaf.der, ...machine.intermediates.map(({ der }) => der)]),
    );
    expect([first.collateral.certificates.length, first.collateral.crls.length]).toEqual([3, 1]);
    const second = await collect([CHAIN, CRL, vcek]);
    expect(second.used).toEqual(first.used);
    expect(vendor.asked).toHaveLength(3);
    expect(told.slice(-3)).toEqual(['amd-chain from memory', 'amd-crl from memory', 'amd-vcek from memory']);
  });

  it('S10 a hundred that need the same thing make one request', async () => {
    const { collect, vendor } = await openAmdSite();
    const all = await Promise.all(Array.from({ length: 100 }, () => collect([CRL])));
    expect(all.every(({ collateral }) => collateral.crls.length === 1)).toBe(true);
    expect(vendor.asked).toEqual(['amd-crl']);
  });

  it('S10 a source that never answers delays only what needs it, and no longer than its patience', async () => {
    const { vcek, collect, vendor } = await openAmdSite();
    vendor.answer = (need) => (need.kind === 'amd-crl' ? new Promise(() => undefined) : vendor.genuine(need));
    const slow = collect([CHAIN, CRL], 60);
    const other = await collect([CHAIN, vcek]);
    expect(other.missing).toEqual([]);
    const { missing, collateral } = await slow;
    expect(missing).toEqual([{ need: CRL, error: expect.objectContaining({ code: 'collateral-timeout' }) }]);
    expect(missing[0]?.error.outcome).toBe('undecided');
    expect(collateral.certificates).toHaveLength(2);
  });

  it('lets a flight go on for others when one gives up', async () => {
    const { collect, vendor } = await openAmdSite();
    const gate = Promise.withResolvers<undefined>();
    vendor.answer = (need) => gate.promise.then(() => vendor.genuine(need));
    const impatient = await collect([CRL], 20);
    expect(impatient.missing).toHaveLength(1);
    const patient = collect([CRL]);
    gate.resolve(undefined);
    expect((await patient).missing).toEqual([]);
    expect(vendor.asked).toEqual(['amd-crl']);
  });

  it('ends with its caller', async () => {
    const { source, vendor } = await openAmdSite();
    vendor.answer = () => new Promise(() => undefined);
    const caller = new AbortController();
    const collected = source.collect([CRL], { withinMilliseconds: 60_000, signal: caller.signal });
    caller.abort();
    expect((await collected).missing).toHaveLength(1);
  });

  it('does not come back to a vendor that failed before its time, and later each time', async () => {
    const { collect, vendor, clock } = await openAmdSite();
    vendor.answer = () => Promise.reject(new CollateralUndecidedError('collateral-unavailable', 'down'));
    const attempts: number[] = [];
    for (let second = 0; second < 120; second += 0.25) {
      const { missing } = await collect([CRL]);
      expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
      attempts[vendor.asked.length] ??= second;
      clock.advance(250);
    }
    expect(vendor.asked.length).toBeLessThan(10);
    const waits = attempts.slice(2).map((at, i) => at - (attempts.slice(1)[i] ?? 0));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    vendor.answer = (need) => vendor.genuine(need);
    clock.advance(300_000);
    expect((await collect([CRL])).missing).toEqual([]);
  });

  it('a wrong answer is in no cache, and the next right one is', async () => {
    const store = new TestStore();
    const { collect, vendor, clock } = await openAmdSite({ stores: [store] });
    const foreign = await mintSnp({ product: 'Genoa' });
    vendor.answer = async (need) => ({
      ...(await vendor.genuine(need)),
      content: (await foreign.pki.crl()).der,
    });
    const { missing } = await collect([CRL]);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-refused', outcome: 'genuine' });
    expect(store.items.size).toBe(0);
    vendor.answer = (need) => vendor.genuine(need);
    clock.advance(2_000);
    expect((await collect([CRL])).missing).toEqual([]);
    expect(store.items.size).toBe(1);
  });

  it('says what nobody fetches and nobody imported', async () => {
    const { collect } = await openAmdSite({ vendors: [] });
    const { missing } = await collect([CRL]);
    expect(missing).toEqual([{ need: CRL, error: expect.objectContaining({ code: 'collateral-offline' }) }]);
    expect(missing[0]?.error.message).toContain('amd-crl Milan/VCEK');
  });

  it('S10 refuses a need that no address can be made of', async () => {
    const { collect, vendor } = await openAmdSite();
    const need = { ...CRL, product: '../x' } as unknown as CollateralNeed;
    expect((await collect([need])).missing[0]?.error).toMatchObject({ code: 'need-malformed' });
    expect(vendor.asked).toEqual([]);
  });
});
