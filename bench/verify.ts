/**
 * `asterism bench verify [--count N] [--json]`: how much of a verification is not signature arithmetic (docs/performance.md).
 * TPM evidence, SNP reports and TDX quotes are verified as the API does it; beside it, only the signature checks that they
 * contain are made, over the same bytes. Then the first verification of a process, memory, and the size for a browser.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { measureBundles } from './browser-bundles.ts';
import { makeFirstEvidence, type FirstEvidence, type FirstTime } from './first-evidence.ts';
import { print, readOptions, round } from './report.ts';
import { median, type Ratio } from './signature-ratio.ts';
import type { TeeName } from './tee-cases.ts';
import { measureTpm } from './verify-tpm.ts';

const COUNT = 6_000;
/** Verifications over which memory must not grow. */
const MEMORY_COUNT = 100_000;
/** Beside each other, as connections of an API are: WebCrypto works on other threads. */
const IN_FLIGHT = 8;
const FIRST_TIMES = 5;
/** What the ratio to raw signature checks is to be, what the first verification may take, and what memory may grow by. */
const AIM = { ratio: 0.85, firstMs: 15 } as const;

const { count, json } = readOptions({ count: COUNT });

/** @returns what the program printed, as JSON */
async function run<Result>(command: readonly string[], input = ''): Promise<Result> {
  const [name = '', ...args] = command;
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((settle) => child.once('close', settle)),
  ]);
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${String(code)}`);
  return JSON.parse(output) as Result;
}

const program = (file: string, ...args: readonly string[]) => [
  process.execPath,
  ...(file === 'verified-memory.ts' ? ['--expose-gc'] : []),
  join(import.meta.dirname, file),
  ...args,
];

async function measureTee(name: TeeName, cores: number) {
  const list = Array.from({ length: cores }, (_, core) => core).join(',');
  const measured = program('tee-ratio.ts', name, String(count), String(IN_FLIGHT));
  const ratio = await run<Ratio>(['taskset', '-c', list, ...measured]);
  return { evidence: name, cores, ...ratio, ofAim: round(ratio.ratio / AIM.ratio, 2) };
}

/** `chain`: of issuers that the process has not met. `process`: the very first, where nothing is compiled yet either. */
async function measureFirst(evidence: readonly FirstEvidence[]) {
  const runs: (readonly FirstTime[])[] = [];
  for (let turn = 0; turn < FIRST_TIMES; turn++) {
    runs.push(await run<FirstTime[]>(program('first-verification.ts'), JSON.stringify(evidence)));
  }
  const middle = (at: number, name: keyof FirstTime) =>
    median(runs.map((times) => times[at]?.[name] ?? Number.NaN));
  return {
    evidence: evidence[0]?.name,
    chainMs: round(middle(1, 'ms')),
    chainCpuMs: round(middle(1, 'cpuMs')),
    chainOfAim: round(middle(1, 'ms') / AIM.firstMs, 2),
    processMs: round(middle(0, 'ms')),
    processCpuMs: round(middle(0, 'cpuMs')),
    processOfAim: round(middle(0, 'ms') / AIM.firstMs, 2),
  };
}

async function measureMemory(verifications: number) {
  const memory = program('verified-memory.ts', String(verifications));
  const { used, resident } = await run<{ used: readonly number[]; resident: number }>(memory);
  // Caches are full after the first tenth.
  const [, filled = Number.NaN] = used;
  const last = used.at(-1) ?? Number.NaN;
  return {
    verifications,
    usedMiB: round(last),
    grownMiB: round(last - filled, 2),
    residentMiB: round(resident),
  };
}

const tpm = await measureTpm(count);
const tee = [];
for (const name of ['snp', 'tdx'] as const)
  for (const cores of [1, 2]) tee.push(await measureTee(name, cores));
const first = [];
const evidence = await makeFirstEvidence();
for (const name of ['snp', 'tdx'] as const) first.push(await measureFirst(evidence[name]));
print(json, 'verify', {
  tpm,
  tee,
  first,
  memory: [await measureMemory(count === COUNT ? MEMORY_COUNT : count)],
  browser: await measureBundles(['snp', 'tdx']),
});
