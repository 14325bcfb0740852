/** `./asterism test [PART…]`: every check, or those of the parts named; the last line adds up all of them. */
import { CHECKS } from './checks.ts';
import { addCounts, FAILED, toLine, type Counts } from './counts.ts';
import { endAllOnSignal } from './processes.ts';

const parts = process.argv.slice(2);
const known = new Set(CHECKS.map(({ part }) => part));
const unknown = parts.filter((part) => !known.has(part));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${[...known].join(', ')}`);
  process.exit(2);
}
endAllOnSignal();

let total: Counts = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
for (const check of CHECKS.filter(({ part }) => parts.length === 0 || parts.includes(part))) {
  console.log(`\n── ${check.name}`);
  const started = Date.now();
  const counts = await check.run().catch((error: unknown) => {
    console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return FAILED;
  });
  total = addCounts(total, counts);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  summary.push(
    `${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s): ${toLine(counts)}`,
  );
  console.log(summary.at(-1));
}
console.log(`\n${summary.join('\n')}\n`);
// Whatever a check has left open must not keep the run from ending.
const code = total.failed === 0 && total.passed > 0 ? 0 : 1;
process.stdout.write(`${toLine(total)}\n`, () => process.exit(code));
