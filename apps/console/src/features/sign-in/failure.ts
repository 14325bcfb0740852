import type { ProblemAnswer, ProblemCode } from '../../data/problem.ts';

export interface SignInFailure {
  readonly title: string;
  /** What to do about it. */
  readonly advice: string;
}

const FAILURES: Partial<Readonly<Record<ProblemCode, SignInFailure>>> = {
  'credentials-invalid': {
    title: 'This code does not work',
    advice: 'It is unknown, was used before, or is older than ten minutes. Make a new one: each works once.',
  },
  'credentials-expired': { title: 'This code has expired', advice: 'It lives ten minutes. Make a new one.' },
  'rate-limited': { title: 'Too many attempts', advice: 'Wait a minute and try again.' },
};

export function toFailure(problem: ProblemAnswer | null): SignInFailure {
  if (problem === null) return { title: 'Sign-in failed', advice: 'The page has a fault. Load it again.' };
  return FAILURES[problem.code] ?? { title: problem.title, advice: problem.message };
}
