import { describe, expect, it } from 'vitest';
import { retryAfter } from './retry-after.ts';

const now = new Date('2026-06-01T00:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('retryAfter', () => {
  it.each([
    ['120', after(120)],
    ['0', now],
    [' 7 ', after(7)],
    ['Mon, 01 Jun 2026 00:01:30 GMT', after(90)],
    ['Sun, 31 May 2026 23:59:00 GMT', now],
  ])('reads %j', (value, until) => {
    expect(retryAfter(value, now)).toEqual(until);
  });

  it.each(['86400', '999999999', 'Wed, 01 Jul 2026 00:00:00 GMT'])(
    'is put off for an hour at most by %j',
    (value) => {
      expect(retryAfter(value, now)).toEqual(after(3600));
    },
  );

  it.each([undefined, '', 'soon', '-1', '1.5', '0x10', '9999999999', '2026-06-01T00:01:30Z'])(
    'takes %j for nothing said',
    (value) => {
      expect(retryAfter(value, now)).toBeUndefined();
    },
  );
});
