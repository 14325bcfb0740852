import type { AppraisalOutcome, Finding } from '@asterism/contracts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toPrintable } from './terminal.ts';

/** One line a finding: what was compared, got and wanted, and the event of the log that explains it. */
export function toFindings(findings: readonly Finding[]): string[] {
  return findings.map(({ code, claim, got, wanted, message, event }) => {
    const want = wanted.length === 0 ? '' : `, want ${wanted.join(' or ')}`;
    const why = event === undefined ? '' : ` (event: ${event})`;
    return toPrintable(`  ${code}: ${claim}: ${message}; got ${got ?? 'nothing'}${want}${why}`);
  });
}

export function exitCodeOfOutcome(outcome: AppraisalOutcome | 'genuine'): ExitCode {
  if (outcome === 'refused') return EXIT.refused;
  return outcome === 'undecided' ? EXIT.undecided : EXIT.good;
}
