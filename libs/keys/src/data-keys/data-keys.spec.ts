import { toHex } from '@asterism/bytes';
import fc from 'fast-check';
import { randomBytes, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createDataKey, DataKeyCache, dataKeyContext, kekContextBytes, KekError, wipe } from '../index.ts';

const CLUSTER = randomUUID();
const AWAY = new KekError('kek-unreachable', 'no answer');

describe('a data key', () => {
  it('is 32 bytes that the source gave', () => {
    const bytes = randomBytes(32);
    expect(toHex(createDataKey(() => bytes))).toBe(toHex(bytes));
    expect(() => createDataKey(() => randomBytes(31))).toThrow(
      expect.objectContaining({ code: 'derivation-invalid' }),
    );
  });

  it('S19 is bound to cluster, purpose, id and version: no two names have one context', () => {
    const name = fc.record({
      purpose: fc.constantFrom('state-disk' as const, 'volume' as const, 'object-store' as const),
      id: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'a/1', 'volume/a', '/', '1/1')),
      version: fc.integer({ min: 1, max: 20 }),
    });
    const cluster = fc.constantFrom(CLUSTER, randomUUID());
    const bytesOf = (of: string, key: Parameters<typeof dataKeyContext>[1]) =>
      toHex(kekContextBytes(dataKeyContext(of, key)));
    fc.assert(
      fc.property(cluster, name, cluster, name, (ofA, a, ofB, b) => {
        const same = ofA === ofB && a.purpose === b.purpose && a.id === b.id && a.version === b.version;
        expect(bytesOf(ofA, a) === bytesOf(ofB, b)).toBe(same);
      }),
      { seed: 19, numRuns: 1000 },
    );
    const named = { purpose: 'state-disk', id: 'disk-1', version: 3 } as const;
    expect(dataKeyContext(CLUSTER.toUpperCase(), named)).toEqual({
      cluster: CLUSTER,
      key: 'state-disk/disk-1/3',
    });
  });
});

/** A cache, the time it believes, and a provider that counts. */
function setUp({ maxEntries = 3, maxAgeMilliseconds = 1000 } = {}) {
  const state = { now: 0, loads: 0, fault: undefined as Error | undefined, given: [] as Uint8Array[] };
  const cache = new DataKeyCache({ maxEntries, maxAgeMilliseconds, clock: () => state.now });
  const load = (fill: number) => async () => {
    state.loads += 1;
    await setImmediate();
    if (state.fault !== undefined) throw state.fault;
    const key = new Uint8Array(32).fill(fill);
    state.given.push(key);
    return key;
  };
  return { state, cache, get: (name: string, fill = 7) => cache.get(name, load(fill)) };
}
const keyOf = (fill: number) => new Uint8Array(32).fill(fill);

describe('DataKeyCache', () => {
  it('asks once for however many callers, who have copies of their own', async () => {
    const { cache, get, state } = setUp();
    const [first, second] = await Promise.all([get('a'), get('a'), get('a')]);
    wipe(first as Uint8Array);
    expect(second).toEqual(keyOf(7));
    expect(await get('a')).toEqual(keyOf(7));
    expect(state.given).toEqual([keyOf(0)]);
    expect([state.loads, cache.size]).toEqual([1, 1]);
  });

  it('serves what it has while the provider is away, until its bound and not a moment longer', async () => {
    const { get, state, cache } = setUp();
    await get('a');
    state.fault = AWAY;
    state.now = 999;
    expect(await get('a')).toEqual(keyOf(7));
    await expect(get('b')).rejects.toBe(AWAY);
    state.now = 1000;
    await expect(get('a')).rejects.toBe(AWAY);
    expect(cache.size).toBe(0);
    state.fault = undefined;
    expect(await get('a')).toEqual(keyOf(7));
  });

  it('is not prolonged by use', async () => {
    const { get, state } = setUp();
    await get('a');
    for (state.now = 100; state.now < 1000; state.now += 100) await get('a');
    expect(state.loads).toBe(1);
    await get('a');
    expect(state.loads).toBe(2);
  });

  it('does not remember a failure, and tells all who wait', async () => {
    const { get, state } = setUp();
    state.fault = AWAY;
    const outcomes = await Promise.allSettled([get('a'), get('a')]);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: AWAY },
      { status: 'rejected', reason: AWAY },
    ]);
    expect(state.loads).toBe(1);
    state.fault = undefined;
    expect(await get('a')).toEqual(keyOf(7));
  });

  it('keeps no more than its bound: the oldest goes', async () => {
    const { get, state, cache } = setUp({ maxEntries: 2 });
    for (const name of ['a', 'b', 'c']) await get(name);
    expect([cache.size, state.loads]).toEqual([2, 3]);
    await get('b');
    await get('c');
    expect(state.loads).toBe(3);
    await get('a');
    expect([cache.size, state.loads]).toEqual([2, 4]);
  });

  it.each(['delete', 'clear'] as const)(
    '%s takes what is here, and what is on its way is not kept',
    async (how) => {
      const { get, state, cache } = setUp();
      await get('a', 1);
      const loading = get('b', 2);
      if (how === 'clear') cache.clear();
      else for (const name of ['a', 'b']) cache.delete(name);
      expect(cache.size).toBe(0);
      expect(await loading).toEqual(keyOf(2));
      expect(cache.size).toBe(0);
      expect(await Promise.all([get('a', 3), get('b', 4)])).toEqual([keyOf(3), keyOf(4)]);
      expect(state.loads).toBe(4);
    },
  );

  it('does not let an older load take the place of a newer one', async () => {
    const { cache } = setUp();
    const older = Promise.withResolvers<Uint8Array>();
    const first = cache.get('a', () => older.promise);
    cache.delete('a');
    expect(await cache.get('a', async () => keyOf(2))).toEqual(keyOf(2));
    older.resolve(keyOf(1));
    expect(await first).toEqual(keyOf(1));
    expect(await cache.get('a', () => Promise.reject(AWAY))).toEqual(keyOf(2));
  });

  it('lets nobody get a key of before a deletion', async () => {
    const { cache } = setUp();
    const older = Promise.withResolvers<Uint8Array>();
    void cache.get('a', () => older.promise);
    cache.delete('a');
    const second = cache.get('a', async () => keyOf(2));
    older.resolve(keyOf(1));
    expect(await second).toEqual(keyOf(2));
  });

  it('wipes what leaves it by age, number or wish', async () => {
    const { cache, state } = setUp({ maxEntries: 2 });
    // Copies that the cache made of what it was given: its own, then the caller's.
    const copies: Uint8Array[] = [];
    const watched = (fill: number) => {
      const key = keyOf(fill);
      key.slice = (...range) => {
        const copy = Uint8Array.prototype.slice.apply(key, range);
        copies.push(copy);
        return copy;
      };
      return async () => key;
    };
    for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) await cache.get(name, watched(at + 1));
    const own = copies.filter((_, at) => at % 2 === 0);
    const wiped = () => own.map((copy) => copy.every((byte) => byte === 0));
    expect(wiped()).toEqual([true, true, false, false]);
    cache.delete('c');
    expect(wiped()).toEqual([true, true, true, false]);
    state.now = 1000;
    cache.sweep();
    expect(wiped()).toEqual([true, true, true, true]);
    expect(copies.filter((_, at) => at % 2 === 1).map((copy) => copy[0])).toEqual([1, 2, 3, 4]);
  });

  it('shows no key to who inspects it', async () => {
    const { cache, get } = setUp();
    await get('a', 171);
    expect(inspect(cache, { depth: 10, showHidden: true })).not.toMatch(/171|ab{2}/);
  });
});
