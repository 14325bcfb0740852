import { parentPort, workerData } from 'node:worker_threads';
import { CodedError } from '@asterism/bytes';
import { mutations } from '@asterism/testkit/malformed';
import { LIMITS, type Target } from './target.ts';

/** What the main thread hands over. */
interface Order {
  readonly module: string;
  readonly target: string;
  readonly seed: number;
  /** Counted from when the seeds are there. */
  readonly seconds: number;
  /** [0]: inputs begun. [1]: 1 while one is being read. Watched from outside, since a hang cannot report itself. */
  readonly progress: SharedArrayBuffer;
}

/** What comes back: one finding at most, with all that is needed to see it again. */
export interface Outcome {
  readonly inputs: number;
  /** There was nothing to begin with: the target is fed with vectors, and there are none. */
  readonly skipped?: boolean;
  readonly finding?: { readonly what: string; readonly input: Uint8Array };
}

const BATCH = 64;
const WARM_UP = 256;

async function fuzz({ module, target: name, seed, seconds, progress }: Order): Promise<Outcome> {
  const { TARGETS } = (await import(module)) as { readonly TARGETS: readonly Target[] };
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const seeds = await target.seeds();
  if (seeds.length === 0) return { inputs: 0, skipped: true };
  const begun = new Int32Array(progress);
  const until = Date.now() + seconds * 1000;
  let inputs = 0;
  let floor = 0;
  for (let round = 0; Date.now() < until; round++) {
    const start = seeds[round % seeds.length] ?? new Uint8Array();
    for (const input of mutations(start, seed + round, BATCH)) {
      Atomics.store(begun, 0, ++inputs);
      const what = await readOnce(target.read, input, begun);
      if (what !== undefined) return { inputs, finding: { what, input } };
      const held = heldBytes();
      if (inputs === WARM_UP) floor = held;
      if (inputs > WARM_UP && held - floor > LIMITS.bytes) {
        return { inputs, finding: { what: `holds ${held - floor} bytes more than before`, input } };
      }
    }
  }
  return { inputs };
}

async function readOnce(
  read: (input: Uint8Array) => unknown,
  input: Uint8Array,
  begun: Int32Array,
): Promise<string | undefined> {
  Atomics.store(begun, 1, 1);
  const started = performance.now();
  try {
    await read(input);
  } catch (error) {
    if (!(error instanceof CodedError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    Atomics.store(begun, 1, 0);
  }
  const took = performance.now() - started;
  return took > LIMITS.milliseconds ? `took ${Math.round(took)} ms` : undefined;
}

/** Buffers outside the heap; the heap itself has a limit that ends this thread. */
function heldBytes(): number {
  return process.memoryUsage().arrayBuffers;
}

parentPort?.postMessage(await fuzz(workerData as Order));
