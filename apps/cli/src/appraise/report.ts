import type { CodedError } from '@asterism/bytes';
import type { AppraisalResult } from '@asterism/contracts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Without a policy only genuineness is judged. */
type ReportOutcome = 'genuine' | 'accepted' | 'refused' | 'undecided';

export interface ReportFinding {
  readonly code: string;
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

/** Evidence that a stage before the appraisal refused, or could not decide. */
export function toRefusal(
  error: CodedError,
  claims: AppraisalReport['claims'],
  findings: readonly ReportFinding[],
): AppraisalReport {
  const outcome = error.outcome === 'undecided' ? 'undecided' : 'refused';
  const finding = {
    code: error.code,
    claim: 'evidence',
    got: textOf(error.got),
    wanted: (Array.isArray(error.want) ? error.want : [error.want]).flatMap((value) => textOf(value) ?? []),
    message: error.message,
  };
  return { outcome, code: error.code, claims, findings: [finding, ...findings] };
}

/** The policy's verdict; `remarks` are what could not be compared because the caller gave nothing to compare with. */
export function toPolicyReport(
  result: AppraisalResult,
  claims: AppraisalReport['claims'],
  remarks: readonly ReportFinding[],
): AppraisalReport {
  const compared = Object.fromEntries(
    result.claims.map(({ claim, got, wanted, verdict }) => [claim, { got, wanted, verdict }]),
  );
  const findings = [
    ...result.findings.map(({ event, ...finding }) => ({
      ...finding,
      ...(event === undefined ? {} : { event }),
    })),
    ...remarks,
  ];
  const code = result.outcome === 'accepted' ? 'accepted' : (result.findings[0]?.code ?? result.outcome);
  return { outcome: result.outcome, code, claims: { ...claims, compared }, findings };
}

export function remark(
  code: string,
  claim: string,
  message: string,
  got: string | null = null,
): ReportFinding {
  return { code, claim, got, wanted: [], message };
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
