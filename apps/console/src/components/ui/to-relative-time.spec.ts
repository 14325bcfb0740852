import { describe, expect, it } from 'vitest';
import { toRelativeTime } from './to-relative-time.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const after = (seconds: number) => toRelativeTime(new Date(NOW - seconds * 1000), NOW);

describe('toRelativeTime', () => {
  it.each([
    [0, 'just now'],
    [-1, 'just now'],
    [2, '2 s ago'],
    [59, '59 s ago'],
    [60, '1 min ago'],
    [3599, '59 min ago'],
    [7200, '2 h ago'],
    [90_000, '1 d ago'],
    [-30, 'in 30 s'],
  ])('says of %d s ago: %s', (seconds, text) => {
    expect(after(seconds)).toBe(text);
  });
});
