import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

const options = (random: () => number) => ({ first: 500, longest: 30_000, random });

describe('BackOff', () => {
  it('doubles up to its bound, each delay between half of its step and the whole', () => {
    const shortest = new BackOff(options(() => 0));
    const longest = new BackOff(options(() => 0.999_999));
    const steps = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const step of steps) {
      expect(shortest.next()).toBe(step / 2);
      expect(Math.round(longest.next())).toBe(step);
    }
  });

  it('starts anew after a reset', () => {
    const backOff = new BackOff(options(() => 0));
    for (let i = 0; i < 5; i++) backOff.next();
    backOff.reset();
    expect(backOff.next()).toBe(250);
  });

  it('S36 spreads a thousand agents over half of the step', () => {
    const delays = Array.from({ length: 1_000 }, (_, i) => new BackOff(options(() => i / 1_000)).next());
    expect(new Set(delays).size).toBe(1_000);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(240);
  });

  it('waits at least as long as it is asked to, and never for hours', () => {
    expect(new BackOff(options(() => 0)).next(7)).toBe(7_000);
    expect(new BackOff(options(() => 0.5)).next(7)).toBe(7_350);
    expect(new BackOff(options(() => 0)).next(86_400)).toBe(600_000);
    expect(new BackOff(options(() => 0)).next(0)).toBe(250);
    expect(new BackOff(options(() => 0)).next(-5)).toBe(250);
  });

  it('never overflows', () => {
    const backOff = new BackOff(options(() => 0));
    for (let i = 0; i < 5_000; i++) backOff.next();
    expect(backOff.next()).toBe(15_000);
  });
});
