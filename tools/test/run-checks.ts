import { FAILED, type Counts } from './counts.ts';

export interface Check {
  readonly name: string;
  /** The word that selects it: `./asterism test unit`. */
  readonly part: string;
  /** Keeps about one core busy, and minds no other check beside it. */
  readonly oneCore?: true;
  readonly run: () => Promise<Counts>;
}

export interface Ended {
  readonly check: Check;
  readonly counts: Counts;
  readonly seconds: number;
}

export interface Listener {
  started(check: Check): void;
  ended(ended: Ended): void;
}

const CORES = 2;

/**
 * Starts checks in their order: those of one core two at a time, every other by itself. A check that throws has failed.
 * @returns how each ended, in their order
 */
export async function runChecks(checks: readonly Check[], listener: Listener): Promise<readonly Ended[]> {
  const running = new Set<Promise<unknown>>();
  const all: Promise<Ended>[] = [];
  for (const check of checks) {
    while (running.size >= (check.oneCore === true ? CORES : 1)) await Promise.race(running);
    const one = runOne(check, listener);
    all.push(one);
    running.add(one);
    void one.then(() => running.delete(one));
    if (check.oneCore !== true) await one;
  }
  return Promise.all(all);
}

async function runOne(check: Check, listener: Listener): Promise<Ended> {
  listener.started(check);
  const started = Date.now();
  const counts = await check.run().catch((error: unknown) => {
    console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return FAILED;
  });
  const ended = { check, counts, seconds: (Date.now() - started) / 1_000 };
  listener.ended(ended);
  return ended;
}
