export interface BackOffOptions {
  /** Milliseconds. */
  readonly first: number;
  readonly longest: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Longest that a Retry-After is believed, in seconds. */
const LONGEST_RETRY_AFTER = 600;

/**
 * Doubling delays with jitter: each is between half of its step and the whole, so that a thousand agents that lost one
 * API do not come back together (S36).
 */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** @param retryAfter seconds that the API asked for; never waits less. @returns milliseconds */
  next(retryAfter: number | null = null): number {
    const { first, longest, random } = this.#options;
    const step = Math.min(longest, first * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    const own = (step * (1 + random())) / 2;
    return Math.max(own, retryAfter === null ? 0 : this.spread(retryAfter));
  }

  /** So many seconds and up to a tenth more, in milliseconds. */
  spread(seconds: number): number {
    const { random } = this.#options;
    return Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER) * 1_000 * (1 + random() / 10);
  }
}
