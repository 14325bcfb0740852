import { fromBase64url, toBase64url } from '@asterism/bytes';
import { makePeople, makeRecoverySet, type Person } from '@asterism/testkit/recovery';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ShareCollector, type RecoveryScope, type RecoverySetRecord, type RecoveryShare } from './index.ts';

const CLUSTER: RecoveryScope = { kind: 'cluster', id: randomUUID(), name: 'production' };

let people: Person[];
beforeAll(async () => {
  people = await makePeople('Ada', 'Grace', 'Emmy');
});

const refusal = (code: string) => expect.objectContaining({ name: 'RecoveryError', code, outcome: 'input' });
const make = (count: number, threshold: number, scope?: RecoveryScope) =>
  makeRecoverySet({ people: people.slice(0, count), threshold, ...(scope === undefined ? {} : { scope }) });

function collect(record: RecoverySetRecord, shares: readonly RecoveryShare[]): ShareCollector {
  const collector = new ShareCollector(record);
  for (const share of shares) collector.add(share);
  return collector;
}

describe('S25 the shares of a set', () => {
  it('are refused one by one with the reason, and those that are here stay', async () => {
    const [own, other] = await Promise.all([make(3, 2), make(3, 2)]);
    const cluster = await make(3, 2, CLUSTER);
    const [first, second] = own.shares as [RecoveryShare, RecoveryShare];
    const collector = collect(own.record, [first]);
    const add = (share: RecoveryShare | undefined) => () => collector.add(share as RecoveryShare);
    expect(add(first)).toThrow(refusal('recovery-share-repeated'));
    expect(add(other.shares[1])).toThrow(refusal('recovery-share-foreign'));
    expect(add(cluster.shares[1])).toThrow(refusal('recovery-share-foreign'));
    expect(add({ ...second, scope: CLUSTER })).toThrow(refusal('recovery-share-foreign'));
    expect(add({ ...first, index: 2 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, index: 4 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, threshold: 1 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, count: 4 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, share: other.shares[1]?.share ?? '' })).toThrow(refusal('recovery-share-wrong'));
    expect(collector.progress).toEqual({ received: [1], threshold: 2, complete: false });
    collector.add(second);
    expect(await collector.combine()).toEqual(own.secret);
  });

  it('are refused with any byte of the share changed', async () => {
    const { record, shares } = await make(2, 2);
    const [first] = shares as [RecoveryShare];
    const bytes = fromBase64url(first.share);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const share = toBase64url(bytes.map((byte, i) => (i === at ? byte ^ change : byte)));
        expect(() => new ShareCollector(record).add({ ...first, share })).toThrow(
          refusal('recovery-share-wrong'),
        );
      }),
      { seed: 25, numRuns: 200 },
    );
  });

  it('do not recover where the record is of another secret', async () => {
    const { record, shares } = await make(2, 2);
    const other = { ...record, commitment: (await make(2, 2)).created.commitment };
    const collector = collect(other, shares);
    await expect(collector.combine()).rejects.toEqual(refusal('recovery-secret-wrong'));
    expect(collector.progress.received).toEqual([]);
  });

  it('are forgotten on wish, and never shown', async () => {
    const { record, shares } = await make(2, 2);
    const collector = collect(record, shares);
    const shown = inspect(collector, { depth: 10, showHidden: true });
    for (const { share } of shares) expect(shown).not.toContain(share);
    collector.wipe();
    expect(collector.progress.received).toEqual([]);
  });
});
