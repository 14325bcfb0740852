/** `./asterism test [PART…]`: every check, or those of the parts named; the last line adds up all of them. */
import { CHECKS } from './checks.ts';
import { addCounts, NOTHING, toLine } from './counts.ts';
import { endAllOnSignal } from './processes.ts';
import { runChecks, type Ended } from './run-checks.ts';

const parts = process.argv.slice(2);
const known = new Set(CHECKS.map(({ part }) => part));
const unknown = parts.filter((part) => !known.has(part));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${[...known].join(', ')}`);
  process.exit(2);
}
endAllOnSignal();

const describe = ({ check, counts, seconds }: Ended): string =>
  `${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds.toFixed(1)} s): ${toLine(counts)}`;

const ended = await runChecks(
  CHECKS.filter(({ part }) => parts.length === 0 || parts.includes(part)),
  {
    started: ({ name }) => console.log(`\n── ${name}`),
    ended: (one) => console.log(describe(one)),
  },
);
console.log(`\n${ended.map(describe).join('\n')}\n`);
const total = ended.map(({ counts }) => counts).reduce(addCounts, NOTHING);
// Whatever a check has left open must not keep the run from ending.
const code = total.failed === 0 && total.passed > 0 ? 0 : 1;
process.stdout.write(`${toLine(total)}\n`, () => process.exit(code));
