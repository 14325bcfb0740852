import { Worker } from 'node:worker_threads';
import { LIMITS } from './target.ts';
import type { Outcome } from './worker.ts';

export interface Run {
  /** URL of a module that exports `TARGETS`. */
  readonly module: string;
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  /** Milliseconds after which an input hangs; longer than the limit, since the thread may wait for its turn on a core. */
  readonly hangsAfter?: number;
}

export interface Result extends Outcome {
  readonly target: string;
  readonly seed: number;
}

/** Heap of a thread: room for the code and the seeds, and what one input may take. */
const HEAP_MIB = 96 + LIMITS.bytes / 1024 / 1024;
const WATCH_MS = 250;

/** One target for some seconds, in a thread that can be ended from outside when an input hangs it. */
export async function runTarget({
  module,
  target,
  seed,
  seconds,
  hangsAfter = 10_000,
}: Run): Promise<Result> {
  const progress = new SharedArrayBuffer(8);
  const begun = new Int32Array(progress);
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { module, target, seed, seconds, progress },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  let last = { input: 0, since: Date.now() };
  let hung = false;
  const watch = setInterval(() => {
    const input = Atomics.load(begun, 0);
    if (input !== last.input || Atomics.load(begun, 1) === 0) last = { input, since: Date.now() };
    else if (Date.now() - last.since > hangsAfter) {
      hung = true;
      void worker.terminate();
    }
  }, WATCH_MS);
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('ended without an outcome')));
    });
    return { target, seed, ...outcome };
  } catch (error) {
    const inputs = Atomics.load(begun, 0);
    const what = `${hung ? 'hangs' : String(error)} at input ${inputs}`;
    return { target, seed, inputs, finding: { what, input: new Uint8Array() } };
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
