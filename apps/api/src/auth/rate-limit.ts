import { ProblemError } from '../http/problem-error.ts';

export interface Rate {
  /** Requests a second in the long run. */
  readonly perSecond: number;
  /** Requests at once after a rest. */
  readonly burst: number;
}

export interface RateLimits {
  readonly address: Rate;
  readonly principal: Rate;
}

export const RATE_LIMITS: RateLimits = {
  address: { perSecond: 400, burst: 800 },
  principal: { perSecond: 200, burst: 400 },
};

/** Callers that are remembered; who falls out starts with a full bucket, so memory is bounded and nobody is locked out. */
const REMEMBERED = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each caller. Of one process: replicas count for themselves. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** @param now milliseconds of a monotonic clock. @throws ProblemError `rate-limited` */
  take(caller: string, now: number): void {
    const { perSecond, burst } = this.#rate;
    const known = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, known.tokens + ((now - known.at) / 1_000) * perSecond);
    // Written anew, so that the map's order is that of the last use.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    if (this.#buckets.size > REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    if (tokens < 1) {
      throw new ProblemError('rate-limited', 'too many requests', { retryAfter: (1 - tokens) / perSecond });
    }
  }

  get remembered(): number {
    return this.#buckets.size;
  }
}
