import { mintChain } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { intersection, isWithin, validityOf } from './validity.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

describe('validity', () => {
  it('has its beginning and not its end', () => {
    const span = { from: day(2), until: day(3) };
    expect([day(1), day(2), day(3)].map((at) => isWithin(span, at))).toEqual([false, true, false]);
    expect(isWithin(span, new Date(Number.NaN))).toBe(false);
  });

  it("has the last second of a certificate's", async () => {
    const { leaf } = await mintChain();
    const { from, until } = validityOf(leaf);
    expect(from).toEqual(leaf.notBefore);
    expect(until.getTime() - leaf.notAfter.getTime()).toBe(1000);
  });

  it('of several is that of all', () => {
    const spans = [
      { from: day(1), until: day(9) },
      { from: day(3), until: day(8) },
      { from: day(2), until: day(7) },
    ];
    expect(intersection(spans)).toEqual({ from: day(3), until: day(7) });
  });
});
