import { CodedError } from '@asterism/bytes';

/** 0 good, 1 refused, 2 could not decide or bad usage. */
export const EXIT = { good: 0, refused: 1, undecided: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Only a refusal, by a policy or because something is not genuine, is 1. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof CodedError)) return EXIT.undecided;
  return error.outcome === 'policy' || error.outcome === 'genuine' ? EXIT.refused : EXIT.undecided;
}
