import type { ErrorCode } from '@asterism/contracts';
import { PersistenceError, type PersistenceErrorCode } from '@asterism/persistence';
import { ProblemError } from './problem-error.ts';

/** @throws ProblemError `code` where there is nothing */
export function found<Value>(value: Value | undefined, code: ErrorCode, detail: string): Value {
  if (value === undefined) throw new ProblemError(code, detail);
  return value;
}

/** Says what a repository refused in the words of the operation: which thing is unknown, exists, is not empty. */
export async function naming<Result>(
  codes: Partial<Readonly<Record<PersistenceErrorCode, ErrorCode>>>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof PersistenceError ? codes[cause.code] : undefined;
    if (code === undefined) throw cause;
    throw new ProblemError(code, (cause as Error).message, { cause });
  }
}
