import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runContract } from './contract-runs.ts';
import { FAILED, fromClosingLine, PASSED } from './counts.ts';
import { run } from './processes.ts';
import { installPython } from './python-environment.ts';
import type { Check } from './run-checks.ts';
import { readVitestReport } from './vitest-report.ts';

const MINUTE = 60_000;
const FUZZ_SECONDS = 60;

/** One program, one verdict. */
function program(
  part: string,
  name: string,
  command: string,
  args: readonly string[],
  timeout = 5 * MINUTE,
): Check {
  return {
    part,
    name,
    run: async () => ((await run({ command, args, timeout, quiet: true })).code === 0 ? PASSED : FAILED),
  };
}

function onOneCore(check: Check): Check {
  return { ...check, oneCore: true };
}

/** One that reads files and says what is wrong with them. */
function reader(part: string, name: string, command: string, args: readonly string[]): Check {
  return onOneCore(program(part, name, command, args));
}

function vitest(part: string, name: string, config: string, timeout: number): Check {
  return {
    part,
    name,
    run: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'asterism-test-'));
      try {
        const file = join(folder, 'report.json');
        const args = [
          'run',
          '--config',
          config,
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${file}`,
        ];
        const { code } = await run({ command: 'vitest', args, timeout });
        return await readVitestReport(file, code);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Seeded and bounded; `npm run fuzz` goes on. Each target counts as one test. */
function fuzz(): Check {
  return {
    part: 'fuzz',
    name: 'mutated evidence (S09)',
    oneCore: true,
    run: async () => {
      const args = ['tools/fuzz/main.ts', '--seconds', String(FUZZ_SECONDS), '--seed', '20261124'];
      const { code, output } = await run({ command: 'node', args, timeout: 4 * MINUTE });
      return fromClosingLine(output, code);
    },
  };
}

/** Public test suites, as data from a package index. */
function suites(): Check {
  const tests = vitest('suites', 'public test suites', 'vitest.suites.config.ts', 3 * MINUTE);
  return {
    ...tests,
    run: async () => {
      await installPython('test-suites');
      return tests.run();
    },
  };
}

/** In the order in which they fail cheapest first. The project graph has to exist before the boundaries can be linted. */
export const CHECKS: readonly Check[] = [
  program('lint', 'project graph', 'nx', ['show', 'projects']),
  // Waits for downloads for the most part.
  onOneCore(program('medium', 'peers of the key services', 'node', ['tools/test/install.ts'], 8 * MINUTE)),
  reader('lint', 'format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  reader('lint', 'lint and boundaries', 'eslint', ['--max-warnings', '0', '.']),
  reader('lint', 'unused code', 'knip', []),
  reader('types', 'types of the workspace', 'tsc', ['-p', 'tsconfig.json']),
  reader('types', 'types of the rooms that run in a browser', 'tsc', ['-p', 'tsconfig.browser.json']),
  reader('types', 'types of the console', 'tsc', ['-p', 'apps/console/tsconfig.json']),
  reader('contract', 'documents fit the code', 'node', ['tools/test/drift.ts', 'documents']),
  reader('contract', 'SDK fits the documents', 'node', ['tools/test/drift.ts', 'sdk']),
  reader('contract', 'documents are well-made', 'redocly', [
    'lint',
    'openapi/operator.v1.json',
    'openapi/agent.v1.json',
  ]),
  vitest('unit', 'unit tests', 'vitest.config.ts', 6 * MINUTE),
  vitest('medium', 'medium tests', 'vitest.medium.config.ts', 15 * MINUTE),
  vitest('guest', 'tests in guests with device mapper', 'vitest.guest.config.ts', 6 * MINUTE),
  program(
    'coverage',
    'lines and branches of the verifying rooms',
    'vitest',
    ['run', '--config', 'vitest.coverage.config.ts', '--reporter=dot'],
    8 * MINUTE,
  ),
  suites(),
  program('build', 'build', 'nx', ['run-many', '-t', 'build', '--outputStyle=static'], 8 * MINUTE),
  // Waits for the most part, one file at a time.
  onOneCore(vitest('e2e', 'end-to-end tests', 'vitest.e2e.config.ts', 15 * MINUTE)),
  { part: 'schemathesis', name: 'documents against a running API', oneCore: true, run: runContract },
  fuzz(),
];
