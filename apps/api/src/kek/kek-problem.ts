import { KekError } from '@asterism/keys';
import { ProblemError } from '../http/problem-error.ts';

/** Until something that only people mend is looked at again. */
const MENDED_BY_PEOPLE = 30;
const PASSING = 2;

/**
 * What a caller is told where a provider gave no key: that it is undecided, and which kind of fault it is. Key addresses
 * and what the service said stay in the log.
 */
export function toKekProblem(cause: KekError): ProblemError {
  const retryAfter = cause.retryAfter ?? (cause.retry ? PASSING : MENDED_BY_PEOPLE);
  return new ProblemError('kek-undecided', `the key service gives no key now (${cause.code})`, {
    retryAfter,
    cause,
  });
}

/** @throws ProblemError `kek-undecided` in place of what a provider throws */
export async function asKekProblem<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof KekError ? toKekProblem(cause) : cause;
  }
}
