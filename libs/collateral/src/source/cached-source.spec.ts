import type { CollateralNeed } from '@asterism/attestation';
import { toHex, utf8 } from '@asterism/bytes';
import { MINT_AT, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
import { TestClock } from '@asterism/testkit/collateral';
import { toPem } from '@asterism/x509';
import { MockAgent } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CollateralStore } from '../cache/store.ts';
import { CollateralUndecidedError, type CollateralError } from '../errors.ts';
import type { CollateralItem, VerifiedItem } from '../items/item.ts';
import { needKey, type NeedKey } from '../items/need-key.ts';
import { openCollateral } from '../open-collateral.ts';
import type { Vendor } from '../vendors/vendor.ts';

let machine: MintedSnpMachine;
let chain: string;
beforeAll(async () => {
  machine = await mintSnp();
  chain = machine.intermediates.map(({ der }) => toPem(der)).join('');
});

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const vcekNeed = (): CollateralNeed => ({
  kind: 'amd-vcek',
  product: 'Milan',
  chipId: toHex(machine.hwId),
  tcb: machine.tcb,
});
const DAY = 24 * 3600 * 1000;

/** A vendor that a test is: what it answers is replaced at will, and every question is counted. */
class TestVendor implements Vendor {
  readonly name = 'test vendor';
  readonly asked: CollateralNeed['kind'][] = [];
  readonly #clock: TestClock;
  crlOptions: { thisUpdate?: Date; nextUpdate?: Date; revoked?: number[] } = {};
  answer: (need: CollateralNeed) => Promise<CollateralItem> = (need) => this.genuine(need);

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  answers(): boolean {
    return true;
  }

  fetch(need: CollateralNeed): Promise<CollateralItem> {
    this.asked.push(need.kind);
    return this.answer(need);
  }

  async genuine(need: CollateralNeed): Promise<CollateralItem> {
    const made = { need, fetchedAt: this.#clock.now(), source: 'vendor.example' };
    if (need.kind === 'amd-chain') return { ...made, content: utf8(chain), issuerChain: null };
    if (need.kind === 'amd-vcek') return { ...made, content: machine.leaf.der, issuerChain: chain };
    return { ...made, content: (await machine.pki.crl(this.crlOptions)).der, issuerChain: chain };
  }
}

class TestStore implements CollateralStore {
  readonly items = new Map<string, CollateralItem>();
  broken = false;

  async get(key: NeedKey): Promise<CollateralItem | undefined> {
    this.#check();
    return this.items.get(JSON.stringify(key));
  }

  async put({ item }: VerifiedItem): Promise<void> {
    this.#check();
    this.items.set(JSON.stringify(needKey(item.need)), item);
  }

  #check(): void {
    if (this.broken) throw new Error('disk is full');
  }
}

function open(options: { stores?: CollateralStore[]; vendors?: Vendor[] } = {}) {
  const clock = new TestClock(MINT_AT);
  const vendor = new TestVendor(clock);
  const told: string[] = [];
  const observer = {
    met: ({ kind }: NeedKey, from: string) => void told.push(`${kind} from ${from}`),
    failed: ({ kind }: NeedKey, { code }: CollateralError) => void told.push(`${kind} ${code}`),
    storeFailed: (error: unknown) => void told.push(String(error)),
  };
  const { source, shelf, refresher } = openCollateral({
    vendors: options.vendors ?? [vendor],
    roots: { amd: machine.roots, intel: [] },
    stores: options.stores ?? [],
    dispatcher: new MockAgent(),
    observer,
    clock,
    random: () => 0.5,
  });
  const collect = (needs: CollateralNeed[], withinMilliseconds = 2000) =>
    source.collect(needs, { withinMilliseconds });
  return { clock, vendor, told, source, shelf, refresher, collect };
}

describe('collect', () => {
  it('asks the vendor once, and answers from memory after', async () => {
    const { collect, vendor, told } = open();
    const first = await collect([CHAIN, CRL, vcekNeed()]);
    expect(first.missing).toEqual([]);
    expect(first.collateral.certificates.map(({ der }) => der)).toEqual(
      expect.arrayContaining([machine.leaf.der, ...machine.intermediates.map(({ der }) => der)]),
    );
    expect([first.collateral.certificates.length, first.collateral.crls.length]).toEqual([3, 1]);
    const second = await collect([CHAIN, CRL, vcekNeed()]);
    expect(second.used).toEqual(first.used);
    expect(vendor.asked).toHaveLength(3);
    expect(told.slice(-3)).toEqual(['amd-chain from memory', 'amd-crl from memory', 'amd-vcek from memory']);
  });

  it('S10 a hundred that need the same thing make one request', async () => {
    const { collect, vendor } = open();
    const all = await Promise.all(Array.from({ length: 100 }, () => collect([CRL])));
    expect(all.every(({ collateral }) => collateral.crls.length === 1)).toBe(true);
    expect(vendor.asked).toEqual(['amd-crl']);
  });

  it('S10 a source that never answers delays only what needs it, and no longer than its patience', async () => {
    const { collect, vendor } = open();
    vendor.answer = (need) => (need.kind === 'amd-crl' ? new Promise(() => undefined) : vendor.genuine(need));
    const slow = collect([CHAIN, CRL], 60);
    const other = await collect([CHAIN, vcekNeed()]);
    expect(other.missing).toEqual([]);
    const { missing, collateral } = await slow;
    expect(missing).toEqual([{ need: CRL, error: expect.objectContaining({ code: 'collateral-timeout' }) }]);
    expect(missing[0]?.error.outcome).toBe('undecided');
    expect(collateral.certificates).toHaveLength(2);
  });

  it('lets a flight go on for others when one gives up', async () => {
    const { collect, vendor } = open();
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
    const { source, vendor } = open();
    vendor.answer = () => new Promise(() => undefined);
    const caller = new AbortController();
    const collected = source.collect([CRL], { withinMilliseconds: 60_000, signal: caller.signal });
    caller.abort();
    expect((await collected).missing).toHaveLength(1);
  });

  it('does not come back to a vendor that failed before its time, and later each time', async () => {
    const { collect, vendor, clock } = open();
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
    const { collect, vendor, clock } = open({ stores: [store] });
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
    const { collect } = open({ vendors: [] });
    const { missing } = await collect([CRL]);
    expect(missing).toEqual([{ need: CRL, error: expect.objectContaining({ code: 'collateral-offline' }) }]);
    expect(missing[0]?.error.message).toContain('amd-crl Milan/VCEK');
  });

  it('S10 refuses a need that no address can be made of', async () => {
    const { collect, vendor } = open();
    const need = { ...CRL, product: '../x' } as unknown as CollateralNeed;
    expect((await collect([need])).missing[0]?.error).toMatchObject({ code: 'need-malformed' });
    expect(vendor.asked).toEqual([]);
  });
});

describe('the cache', () => {
  it('S15 never answers with a list past its next update, however the vendor fares', async () => {
    const { collect, vendor, clock } = open({ stores: [new TestStore()] });
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
    const { collect, vendor } = open();
    vendor.crlOptions = { thisUpdate: new Date('2026-01-01T00:00:00Z'), nextUpdate: MINT_AT };
    expect((await collect([CRL])).missing[0]?.error).toMatchObject({ code: 'collateral-expired' });
  });

  it('holds what another process stored', async () => {
    const store = new TestStore();
    await open({ stores: [store] }).collect([CHAIN, CRL]);
    const { collect, vendor, told } = open({ stores: [store] });
    expect((await collect([CHAIN, CRL])).missing).toEqual([]);
    expect(vendor.asked).toEqual([]);
    expect(told.toSorted()).toEqual(['amd-chain from store', 'amd-crl from store']);
  });

  it('verifies again what a store gives', async () => {
    const store = new TestStore();
    await open({ stores: [store] }).collect([CRL]);
    const [[key, item] = []] = store.items;
    if (key === undefined || item === undefined) throw new Error('nothing was stored');
    const content = new Uint8Array(item.content);
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    store.items.set(key, { ...item, content });
    const { collect, told } = open({ stores: [store] });
    expect((await collect([CRL])).missing).toEqual([]);
    expect(told).toEqual(['amd-crl from vendor']);
  });

  it('does without a store that does not work, and tells', async () => {
    const store = new TestStore();
    store.broken = true;
    const { collect, told } = open({ stores: [store] });
    expect((await collect([CRL])).missing).toEqual([]);
    expect(told).toContain('Error: disk is full');
  });

  it('S15 keeps the newer list when a vendor, or whoever plays it, hands out an older one', async () => {
    const { collect, vendor, source } = open();
    vendor.crlOptions = { revoked: [0x10001] };
    await collect([CRL]);
    vendor.crlOptions = { thisUpdate: new Date('2026-05-01T00:00:00Z') };
    await source.refresh(CRL);
    const { collateral } = await collect([CRL]);
    expect(collateral.crls[0]?.revoked.size).toBe(1);
  });
});

describe('refreshing', () => {
  it('takes from the store what another process says it has changed', async () => {
    const store = new TestStore();
    const { collect, source, clock, vendor } = open({ stores: [store] });
    await collect([CRL]);
    const [[key] = []] = store.items;
    const content = (await machine.pki.crl({ revoked: [0x10001] })).der;
    store.items.set(key ?? '', {
      need: CRL,
      fetchedAt: clock.now(),
      source: 'x',
      content,
      issuerChain: chain,
    });
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(0);
    source.forget(needKey(CRL));
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(1);
    expect(vendor.asked).toHaveLength(1);
  });

  it('asks again before a list expires', async () => {
    const { collect, vendor, refresher, clock } = open();
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
    const { source, vendor, refresher, clock } = open();
    await source.admit({ ...(await vendor.genuine(CRL)), fetchedAt: new Date('2036-01-01T00:00:00Z') });
    await refresher.round();
    clock.advance(12 * 3600 * 1000);
    await refresher.round();
    expect(vendor.asked).toEqual(['amd-crl']);
  });

  it('keeps what there is while the vendor is away', async () => {
    const { collect, vendor, refresher, clock } = open();
    await collect([CRL]);
    vendor.answer = () => Promise.reject(new CollateralUndecidedError('collateral-unavailable', 'down'));
    clock.advance(DAY);
    await refresher.round();
    expect(vendor.asked).toHaveLength(2);
    expect((await collect([CRL])).missing).toEqual([]);
  });

  it("takes another process's younger item from the store instead of asking", async () => {
    const store = new TestStore();
    const { collect, vendor, refresher, clock, told } = open({ stores: [store] });
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
      issuerChain: chain,
    });
    await refresher.round();
    expect(vendor.asked).toHaveLength(1);
    expect(told.at(-1)).toBe('amd-crl from store');
    expect((await collect([CRL])).collateral.crls[0]?.revoked.size).toBe(1);
  });
});
