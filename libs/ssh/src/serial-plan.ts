/** Serials without a gap: `first` and the `length` − 1 after it. */
export interface Run {
  readonly first: bigint;
  readonly length: number;
  /** Serials between it and the run before; of no meaning in the first. */
  readonly gap: number;
}

/** How sections of PROTOCOL.krl hold serials. */
type Encoding = 'list' | 'range' | 'bitmap';

export interface PlannedRun extends Run {
  readonly encoding: Encoding;
  /** It begins a section; else it goes on with that of the run before, which has the same encoding. */
  readonly opens: boolean;
}

const ENCODINGS = ['list', 'range', 'bitmap'] as const satisfies readonly Encoding[];

/** Bits that a bitmap may have: OpenSSH reads no number longer than 2,048 bytes (SSHBUF_MAX_BIGNUM). */
export const WIDEST_BITMAP = 16_384;

/** Costs in bits. A section's type and length; a serial; a bitmap's offset, length, sign byte and last byte that is not full. */
const HEAD = 40;
const SERIAL = 64;
const BITMAP_HEAD = HEAD + SERIAL + 32 + 8 + 7;

/** The cheapest way to write all runs so far with the last of them in one encoding. */
interface Path {
  readonly cost: number;
  /** Bits of the bitmap that it ends in. */
  readonly width: number;
}

interface Step extends Path {
  readonly before: number;
  readonly opens: boolean;
}

/**
 * An encoding for each run, so that the whole takes least: each path to a run follows from the cheapest to the one before.
 * @param runs ascending, none touching another
 */
export function planSerials(runs: readonly Run[]): PlannedRun[] {
  const steps: Step[][] = [];
  let paths: readonly Path[] = [{ cost: 0, width: 0 }];
  for (const run of runs) {
    const next = ENCODINGS.map((encoding) => cheapest(paths, encoding, run));
    steps.push(next);
    paths = next;
  }
  return trace(runs, steps, paths);
}

function cheapest(paths: readonly Path[], encoding: Encoding, run: Run): Step {
  let best: Step = { cost: Infinity, width: 0, before: 0, opens: true };
  for (const [before, path] of paths.entries()) {
    const cost = path.cost + costOf(encoding, run);
    if (cost < best.cost) best = { cost, width: run.length, before, opens: true };
  }
  const before = ENCODINGS.indexOf(encoding);
  const path = paths.length === ENCODINGS.length ? paths[before] : undefined;
  if (path === undefined) return best;
  const width = path.width + run.gap + run.length;
  const cost = path.cost + costOfJoining(encoding, run, width);
  return cost < best.cost ? { cost, width, before, opens: false } : best;
}

/** Of a section of its own. */
function costOf(encoding: Encoding, { length }: Run): number {
  if (encoding === 'list') return HEAD + SERIAL * length;
  if (encoding === 'range') return HEAD + 2 * SERIAL;
  return length > WIDEST_BITMAP ? Infinity : BITMAP_HEAD + length;
}

/** Of going on in a section, which has so many bits then if it is a bitmap. A section of a range holds one. */
function costOfJoining(encoding: Encoding, { gap, length }: Run, width: number): number {
  if (encoding === 'list') return SERIAL * length;
  return encoding === 'range' || width > WIDEST_BITMAP ? Infinity : gap + length;
}

function trace(runs: readonly Run[], steps: readonly Step[][], last: readonly Path[]): PlannedRun[] {
  let at = last.reduce((best, { cost }, each) => (cost < (last[best]?.cost ?? Infinity) ? each : best), 0);
  const planned: PlannedRun[] = [];
  for (let index = runs.length - 1; index >= 0; index--) {
    const [run, step, encoding] = [runs[index], steps[index]?.[at], ENCODINGS[at]];
    if (run === undefined || step === undefined || encoding === undefined) continue;
    planned.push({ ...run, encoding, opens: step.opens });
    at = step.before;
  }
  return planned.reverse();
}
