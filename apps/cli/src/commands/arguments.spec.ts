import { describe, expect, it } from 'vitest';
import { toCount, toDate, toHexOf, toPart, toPort } from './arguments.ts';

describe('option values', () => {
  it.each(['-1', '65536', '80a', '', '1e3', ' 1'])('refuses the port %j', (text) => {
    expect(() => toPort(text)).toThrow('want a whole number from 0 to 65535');
  });

  it('takes numbers within their bounds', () => {
    expect([toPort('0'), toPort('65535'), toCount(1, 64)('64')]).toEqual([0, 65_535, 64]);
    expect(() => toCount(1, 64)('65')).toThrow();
  });

  it('takes hexadecimal of one length only', () => {
    expect(toHexOf(2)('ABcd')).toBe('abcd');
    for (const text of ['abc', 'abcdef', 'xyzw', '']) expect(() => toHexOf(2)(text)).toThrow();
  });

  it('refuses a date that no calendar has', () => {
    expect(toDate('2026-11-24T10:00:00Z').toISOString()).toBe('2026-11-24T10:00:00.000Z');
    expect(toDate('2028-02-29').toISOString()).toBe('2028-02-29T00:00:00.000Z');
    const wrong = ['yesterday', '2026-13-01', '2026-02-29', '2026-04-31T10:00:00Z', '24.11.2026', '1'];
    for (const text of wrong) expect(() => toDate(text)).toThrow();
  });

  it('refuses a part that comes twice or has no file', () => {
    const parts = toPart('ak=a file=b.bin');
    expect([...parts]).toEqual([['ak', 'a file=b.bin']]);
    expect(() => toPart('ak=c.bin', parts)).toThrow('comes twice');
    expect(() => toPart('ak=')).toThrow('NAME=FILE');
  });
});
