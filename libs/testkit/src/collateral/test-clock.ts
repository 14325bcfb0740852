import type { Clock } from '@asterism/collateral';

/** A clock that only moves when it is told to, or when someone sleeps: who sleeps wakes at once, that much later. */
export class TestClock implements Clock {
  /** Milliseconds of every sleep, in order. */
  readonly slept: number[] = [];
  #now: number;

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(milliseconds);
    this.#now += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
