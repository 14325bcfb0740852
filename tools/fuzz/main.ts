import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTarget, type Result } from './run-target.ts';
import { TARGETS } from './targets.ts';

const USAGE = `usage: npm run fuzz -- [--seconds N] [--seed N] [TARGET…]
Feeds mutated evidence to everything that reads bytes of strangers (S09). Without --seconds it never ends.
targets: ${TARGETS.map(({ name }) => name).join(', ')}
`;
const TURN_SECONDS = 30;
const MODULE = new URL('targets.ts', import.meta.url).href;
const FOLDER = 'fuzz-findings';

type Verdict = 'passed' | 'failed' | 'skipped';

async function report({ target, seed, inputs, skipped, finding }: Result): Promise<Verdict> {
  if (skipped === true) {
    process.stdout.write(`skip   ${target}: no vectors of real machines (ASTERISM_VECTORS)\n`);
    return 'skipped';
  }
  if (finding === undefined) {
    process.stdout.write(`ok     ${target}: ${inputs} inputs, seed ${seed}\n`);
    return 'passed';
  }
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${target}-${seed}-${inputs}.bin`);
  await writeFile(file, finding.input);
  process.stdout.write(`FAILED ${target}: ${finding.what}\n       ${file}, seed ${seed}\n`);
  return 'failed';
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
const chosen = TARGETS.map(({ name }) => name).filter(
  (name) => positionals.length === 0 || positionals.includes(name),
);
if (values.help === true || chosen.length === 0) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const total = values.seconds === undefined ? undefined : Number(values.seconds);
const turn = total === undefined ? TURN_SECONDS : total / chosen.length;
let seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const counts: Record<Verdict, number> = { passed: 0, failed: 0, skipped: 0 };
do {
  for (const target of chosen) {
    counts[await report(await runTarget({ module: MODULE, target, seed, seconds: turn }))]++;
  }
  seed = (seed + 1_000_003) % 2 ** 31;
} while (total === undefined && counts.failed === 0);
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;
