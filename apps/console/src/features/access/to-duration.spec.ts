import { describe, expect, it } from 'vitest';
import { parseDuration, toDuration, toShortDuration } from './to-duration.ts';

describe('durations', () => {
  it.each([
    [60, '1 minute', '1m'],
    [90, '90 seconds', '90s'],
    [900, '15 minutes', '15m'],
    [28_800, '8 hours', '8h'],
    [86_400, '1 day', '1d'],
  ])('of %i seconds are said, typed and read again', (seconds, words, short) => {
    expect([toDuration(seconds), toShortDuration(seconds), parseDuration(short)]).toEqual([
      words,
      short,
      seconds,
    ]);
  });

  it.each(['', '15', '0m', '-1m', '1.5h', '15 minutes', '1w', '99999999s'])(
    'are not read from %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
