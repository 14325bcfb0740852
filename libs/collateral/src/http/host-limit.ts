import type { Clock } from '../clock.ts';
import { VendorBusyError } from '../errors.ts';

export interface Rate {
  /** Requests that may go at once after a pause. */
  readonly burst: number;
  readonly perSecond: number;
  /** Most requests that wait for their turn; one more is told so at once. */
  readonly mostWaiting: number;
}

/**
 * A token bucket for one host: every request reserves its turn in order and sleeps until it comes. Whoever could not have
 * his turn before his deadline is told at once, and when to come back.
 */
export class HostLimit {
  readonly #host: string;
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** When the bucket will be full again, in milliseconds of the clock. */
  #full = 0;
  #pausedUntil = 0;
  #waiting = 0;

  constructor(host: string, rate: Rate, clock: Clock) {
    this.#host = host;
    this.#rate = rate;
    this.#clock = clock;
  }

  /** The host asked to be left alone until then. */
  pauseUntil(date: Date): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, date.getTime());
  }

  /** @throws VendorBusyError; the signal's reason when it is aborted while waiting. */
  async turn(deadline: Date, signal: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#rate.mostWaiting) throw this.#busy(new Date(this.#full));
    this.#waiting += 1;
    try {
      for (;;) {
        const start = this.#reserve(deadline);
        const delay = start - this.#clock.now().getTime();
        if (delay > 0) await this.#clock.sleep(delay, signal);
        // The host may have asked for a pause meanwhile.
        if (start >= this.#pausedUntil) return;
      }
    } finally {
      this.#waiting -= 1;
    }
  }

  #reserve(deadline: Date): number {
    const now = this.#clock.now().getTime();
    const interval = 1000 / this.#rate.perSecond;
    const earliest = Math.max(now, this.#pausedUntil);
    // A full bucket holds `burst`; each request takes one, which comes back after an interval.
    const full = Math.max(this.#full, earliest) + interval;
    const start = Math.max(earliest, full - this.#rate.burst * interval);
    if (start > deadline.getTime()) throw this.#busy(new Date(start));
    this.#full = full;
    return start;
  }

  #busy(until: Date): VendorBusyError {
    return new VendorBusyError(`${this.#host} is asked too much already`, { got: this.#waiting }, until);
  }
}
