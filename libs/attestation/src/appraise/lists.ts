import { differs, matches, type ClaimReport } from './claim-report.ts';

const LIST_SHOWN = 8;

interface Reason {
  readonly code: string;
  readonly message: string;
}

/** The value is one of a list. */
export function compareListed(
  claim: string,
  got: string,
  list: readonly string[],
  reason: Reason,
): ClaimReport {
  if (list.includes(got)) return matches({ claim, got, wanted: [got] });
  return differs({ claim, got, wanted: shown(list) }, reason);
}

/** The first of a long list, and how many more there are. */
export function shown(list: readonly string[]): string[] {
  return list.length <= LIST_SHOWN
    ? [...list]
    : [...list.slice(0, LIST_SHOWN), `and ${list.length - LIST_SHOWN} more`];
}
