import { round } from './report.ts';

/** A verification, and only the signature checks that it contains, over the same bytes. */
export interface Comparison {
  readonly signatureChecks: number;
  readonly verify: (turn: number) => Promise<unknown>;
  readonly checkSignatures: (turn: number) => Promise<void>;
}

export interface Ratio {
  readonly signatureChecks: number;
  readonly perSecond: number;
  readonly checksPerSecond: number;
  readonly ratio: number;
  readonly cpuMicroseconds: number;
  readonly ofChecks: number;
  /** The same by processor time, which does not depend on who else uses the computer. */
  readonly cpuRatio: number;
}

interface Speed {
  readonly perSecond: number;
  /** Of all threads, in microseconds. */
  readonly cpu: number;
}

interface Amount {
  /** Verifications in all. */
  readonly count: number;
  /** Verifications before the first one that is measured. */
  readonly warmUp: number;
  /** How many run beside each other; 1 unless said. */
  readonly inFlight?: number;
}

const ROUNDS = 5;

/** How much of a verification is signature arithmetic: 1 would be all of it. */
export async function compare(comparison: Comparison, amount: Amount): Promise<Ratio> {
  const { signatureChecks, verify, checkSignatures } = comparison;
  const { count, warmUp, inFlight = 1 } = amount;
  await measure(warmUp, inFlight, 0, verify);
  const [raw, full]: [Speed[], Speed[]] = [[], []];
  // Turn by turn, so that a change of the computer's speed meets both alike.
  for (let turn = 0; turn < ROUNDS; turn++) {
    const [from, times] = [turn * warmUp, Math.ceil(count / ROUNDS)];
    raw.push(await measure(times, inFlight, from, checkSignatures));
    full.push(await measure(times, inFlight, from, verify));
  }
  const [speed, bare] = [medianSpeed(full), medianSpeed(raw)];
  return {
    signatureChecks,
    perSecond: round(speed.perSecond),
    checksPerSecond: round(bare.perSecond * signatureChecks),
    ratio: round(speed.perSecond / bare.perSecond, 3),
    cpuMicroseconds: round(speed.cpu),
    ofChecks: round(bare.cpu),
    cpuRatio: round(bare.cpu / speed.cpu, 3),
  };
}

/** `times` turns from `from` on, so many beside each other. */
async function measure(
  times: number,
  inFlight: number,
  from: number,
  work: (turn: number) => Promise<unknown>,
): Promise<Speed> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  let turn = 0;
  const line = async (): Promise<void> => {
    while (turn < times) await work(from + turn++);
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  const { user, system } = process.cpuUsage(used);
  return { perSecond: (1000 * times) / (performance.now() - began), cpu: (user + system) / times };
}

function medianSpeed(speeds: readonly Speed[]): Speed {
  return {
    perSecond: median(speeds.map(({ perSecond }) => perSecond)),
    cpu: median(speeds.map(({ cpu }) => cpu)),
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
