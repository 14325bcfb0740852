import { describe, expect, it } from 'vitest';
import { toSeconds } from './duration.ts';

describe('a time on the command line', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['8h', 28_800],
    ['2d', 172_800],
  ])('%s is %i seconds', (text, seconds) => {
    expect(toSeconds(text)).toBe(seconds);
  });

  it.each(['', '10', '59s', '0m', '-1h', '1.5h', '10 m', '10min', '1w'])('%j is none', (text) => {
    expect(() => toSeconds(text)).toThrow('want a time');
  });
});
