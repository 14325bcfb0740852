import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCounts, FAILED, fromClosingLine, PASSED, toLine } from './counts.ts';
import { readVitestReport } from './vitest-report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-counts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A report of files, each with the states of its tests. */
async function countsOf(files: readonly (readonly [status: string, ...tests: string[]])[], exitCode: number) {
  const file = join(folder, 'report.json');
  const testResults = files.map(([status, ...tests]) => ({
    status,
    assertionResults: tests.map((state) => ({ status: state, title: '' })),
  }));
  await writeFile(file, JSON.stringify({ testResults }));
  return readVitestReport(file, exitCode);
}

describe('counts', () => {
  it.each([
    [
      'its closing line, whatever came before',
      'a\n1 passed, 1 failed, 0 skipped\nb\n\n3 passed, 0 failed, 1 skipped\n',
      0,
      { passed: 3, failed: 0, skipped: 1 },
    ],
    ['failures that it tells', '3 passed, 2 failed, 0 skipped', 1, { passed: 3, failed: 2, skipped: 0 }],
    ['a failure where it ends with an error and tells none', '3 passed, 0 failed, 0 skipped', 1, FAILED],
    ['a failure where it says nothing', '', 0, FAILED],
    ['a failure where it says something else last', '3 passed, 0 failed, 0 skipped\nkilled', 137, FAILED],
  ])('of a program are %s', (_what, output, code, counts) => {
    expect(fromClosingLine(output, code)).toEqual(counts);
  });

  it('add up and are written as the last line is', () => {
    expect(toLine(addCounts(addCounts(PASSED, FAILED), { passed: 2, failed: 0, skipped: 3 }))).toBe(
      '3 passed, 1 failed, 3 skipped',
    );
  });
});

describe('a report of vitest', () => {
  it('gives each test once; what neither passed nor failed was skipped', async () => {
    const files = [
      ['passed', 'passed', 'passed', 'pending', 'todo'],
      ['failed', 'failed', 'passed', 'skipped'],
    ] as const;
    expect(await countsOf(files, 1)).toEqual({ passed: 3, failed: 1, skipped: 3 });
  });

  it('counts a file that did not load as a failure', async () => {
    expect(await countsOf([['failed'], ['passed', 'passed']], 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a run that failed although no test did as a failure', async () => {
    expect(await countsOf([['passed', 'passed']], 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(await countsOf([['passed', 'passed']], 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it('that was never written is a failure, whatever the exit code', async () => {
    expect(await readVitestReport(join(folder, 'missing.json'), 0)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });
});
