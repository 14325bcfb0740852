/** How a check ended. A check that is not a test runner counts as one. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const PASSED: Counts = { passed: 1, failed: 0, skipped: 0 };
export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };
export const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function toLine(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

/** The counts that a program closes with. One that says nothing, or fails without a failure, counts as failed. */
export function fromClosingLine(output: string, code: number): Counts {
  const [, passed, failed, skipped] =
    /^(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output.trimEnd().split('\n').at(-1) ?? '') ?? [];
  if (passed === undefined || (code !== 0 && failed === '0')) return FAILED;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
