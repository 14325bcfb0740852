import { readFile } from 'node:fs/promises';
import type { Counts } from './counts.ts';

interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/**
 * Counts of vitest's JSON report. A file that failed without a failed test (it did not load), and a run that failed
 * although no test did (an unhandled error), count as one failure each.
 */
export async function readVitestReport(file: string, exitCode: number): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text === '') return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(text) as Report;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of report.testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1;
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
