import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('lets a burst through, then the rate, and says how long to wait', () => {
    const limit = new RateLimit({ perSecond: 2, burst: 3 });
    for (let n = 0; n < 3; n++) limit.take('a', 0);
    expect(() => limit.take('a', 0)).toThrow(
      expect.objectContaining({ code: 'rate-limited', details: { retryAfter: 0.5 } }),
    );
    limit.take('a', 500);
    expect(() => limit.take('a', 500)).toThrow();
  });

  it('counts each caller apart', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 });
    limit.take('a', 0);
    limit.take('b', 0);
    expect(() => limit.take('a', 0)).toThrow();
  });

  it('a refused request costs nothing, so that a caller who waits is served', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 });
    limit.take('a', 0);
    for (let n = 1; n < 10; n++) expect(() => limit.take('a', n * 99)).toThrow();
    expect(() => limit.take('a', 1_001)).not.toThrow();
  });

  it('remembers a bounded number of callers, and those who are busy longest', () => {
    const limit = new RateLimit({ perSecond: 0.001, burst: 1 });
    limit.take('busy', 0);
    for (let n = 0; n < 30_000; n++) {
      limit.take(`caller ${n}`, 0);
      expect(() => limit.take('busy', 0)).toThrow();
    }
    expect(limit.remembered).toBe(10_000);
  });
});
