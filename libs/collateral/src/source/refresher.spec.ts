import type { CollateralNeed } from '@asterism/attestation';
import { openAmdSite, pemOf, TestStore } from '@asterism/testkit/collateral';
import { describe, expect, it } from 'vitest';
import { CollateralUndecidedError } from '../errors.ts';
import { needKey } from '../items/need-key.ts';

const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const DAY = 24 * 3600 * 1000;

describe('refreshing', () => {
  it('takes from the store what another process says it has changed', async () => {
    const store = new TestStore();
    const { machine, collect, source, clock, vendor } = await openAmdSite({ stores: [store] });
    await collect([CRL]);
    const [[key] = []] = store.items;
    const content = (await machine.pki.crl({ revoked: [0x10001] })).der;
    store.items.set(key ?? '', {
      need: CRL,
      fetchedAt: clock.now(),
      source: 'x',
      content,
      issuerChain: pemOf(machine),
    });
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(0);
    source.forget(needKey(CRL));
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(1);
    expect(vendor.asked).toHaveLength(1);
  });

  it('asks again before a list expires', async () => {
    const { collect, vendor, refresher, clock } = await openAmdSite();
    await collect([CRL]);
    await refresher.round();
    expect(vendor.asked).toHaveLength(1);
    vendor.crlOptions = {
      thisUpdate: new Date('2026-06-01T06:00:00Z'),
      nextUpdate: new Date('2026-07-20T00:00:00Z'),
      revoked: [0x10001],
    };
    clock.advance(12 * 3600 * 1000);
    await refresher.round();
    expect(vendor.asked).toHaveLength(2);
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(1);
    await refresher.round();
    expect(vendor.asked).toHaveLength(2);
  });

  it('is not put off by a bundle that says it was fetched in years', async () => {
    const { source, vendor, refresher, clock } = await openAmdSite();
    await source.admit({ ...(await vendor.genuine(CRL)), fetchedAt: new Date('2036-01-01T00:00:00Z') });
    await refresher.round();
    clock.advance(12 * 3600 * 1000);
    await refresher.round();
    expect(vendor.asked).toEqual(['amd-crl']);
  });

  it('keeps what there is while the vendor is away', async () => {
    const { collect, vendor, refresher, clock } = await openAmdSite();
    await collect([CRL]);
    vendor.answer = () => Promise.reject(new CollateralUndecidedError('collateral-unavailable', 'down'));
    clock.advance(DAY);
    await refresher.round();
    expect(vendor.asked).toHaveLength(2);
    expect((await collect([CRL])).missing).toEqual([]);
  });

  it("takes another process's younger item from the store instead of asking", async () => {
    const store = new TestStore();
    const { machine, collect, vendor, refresher, clock, told } = await openAmdSite({ stores: [store] });
    await collect([CRL]);
    clock.advance(DAY);
    const [[key] = []] = store.items;
    const newer = { thisUpdate: new Date('2026-06-01T12:00:00Z'), revoked: [0x10001] };
    const content = (await machine.pki.crl(newer)).der;
    store.items.set(key ?? '', {
      need: CRL,
      fetchedAt: clock.now(),
      source: 'x',
      content,
      issuerChain: pemOf(machine),
    });
    await refresher.round();
    expect(vendor.asked).toHaveLength(1);
    expect(told.at(-1)).toBe('amd-crl from store');
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(1);
  });
});
