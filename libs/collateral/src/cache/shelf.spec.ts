import type { CollateralNeed } from '@asterism/attestation';
import { MINT_AT } from '@asterism/testkit';
import { openAmdSite, TestStore } from '@asterism/testkit/collateral';
import { describe, expect, it } from 'vitest';
import { CollateralUndecidedError } from '../errors.ts';

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const DAY = 24 * 3600 * 1000;

describe('the cache', () => {
  it('S15 never answers with a list past its next update, however the vendor fares', async () => {
    const { collect, vendor, clock } = await openAmdSite({ stores: [new TestStore()] });
    expect((await collect([CRL])).missing).toEqual([]);
    vendor.answer = () => Promise.reject(new CollateralUndecidedError('collateral-unavailable', 'down'));
    clock.advance(19 * DAY - 1000);
    expect((await collect([CRL])).missing).toEqual([]);
    clock.advance(1000);
    const { missing, collateral } = await collect([CRL]);
    expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
    expect(collateral.crls).toEqual([]);
  });

  it('S15 does not take an expired list from a vendor', async () => {
    const { collect, vendor } = await openAmdSite();
    vendor.crlOptions = { thisUpdate: new Date('2026-01-01T00:00:00Z'), nextUpdate: MINT_AT };
    expect((await collect([CRL])).missing[0]?.error).toMatchObject({ code: 'collateral-expired' });
  });

  it('holds what another process stored', async () => {
    const store = new TestStore();
    await (await openAmdSite({ stores: [store] })).collect([CHAIN, CRL]);
    const { collect, vendor, told } = await openAmdSite({ stores: [store] });
    expect((await collect([CHAIN, CRL])).missing).toEqual([]);
    expect(vendor.asked).toEqual([]);
    expect(told.toSorted()).toEqual(['amd-chain from store', 'amd-crl from store']);
  });

  it('verifies again what a store gives', async () => {
    const store = new TestStore();
    await (await openAmdSite({ stores: [store] })).collect([CRL]);
    const [[key, item] = []] = store.items;
    if (key === undefined || item === undefined) throw new Error('nothing was stored');
    const content = new Uint8Array(item.content);
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    store.items.set(key, { ...item, content });
    const { collect, told } = await openAmdSite({ stores: [store] });
    expect((await collect([CRL])).missing).toEqual([]);
    expect(told).toEqual(['amd-crl from vendor']);
  });

  it('does without a store that does not work, and tells', async () => {
    const store = new TestStore();
    store.broken = true;
    const { collect, told } = await openAmdSite({ stores: [store] });
    expect((await collect([CRL])).missing).toEqual([]);
    expect(told).toContain('Error: disk is full');
  });

  it('S15 keeps the newer list when a vendor, or whoever plays it, hands out an older one', async () => {
    const { collect, vendor, source } = await openAmdSite();
    vendor.crlOptions = { revoked: [0x10001] };
    await collect([CRL]);
    vendor.crlOptions = { thisUpdate: new Date('2026-05-01T00:00:00Z') };
    await source.refresh(CRL);
    const { collateral } = await collect([CRL]);
    expect(collateral.crls[0]?.revoked.size).toBe(1);
  });
});
