import { EXIT, type ExitCode } from '../exit.ts';

/** Without a policy only genuineness is judged. */
export type ReportOutcome = 'genuine' | 'accepted' | 'refused' | 'undecided';

export interface ReportFinding {
  readonly code: string;
  /** Name of the field in `claims` that it is about, or of the part that is missing. */
  readonly claim: string;
  readonly got: string | null;
  readonly wanted: readonly string[];
  readonly message: string;
  readonly event?: string;
}

/** What `asterism appraise --json` prints; a stable contract. */
export interface AppraisalReport {
  readonly outcome: ReportOutcome;
  /** The outcome's own name where it is good, else the code of the finding that decided. */
  readonly code: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly findings: readonly ReportFinding[];
}

export function toExitCode({ outcome }: AppraisalReport): ExitCode {
  if (outcome === 'refused') return EXIT.refused;
  return outcome === 'undecided' ? EXIT.undecided : EXIT.good;
}
