import { vi } from 'vitest';

/** Tries again until it holds; long, because the machines that run tests do other things as well. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 15_000, interval: 25 });
}
