import type { VerifiedTdxQuote } from '../verify/verified-tdx-quote.ts';

/** Statuses besides UpToDate that an exception can cover (S14). */
const EXCEPTABLE = ['SWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'] as const;

/** A status that a policy takes for a while. */
export interface TcbException {
  readonly status: (typeof EXCEPTABLE)[number];
  /** Every advisory that is taken. */
  readonly advisories: readonly string[];
  /** RFC 3339; from then on it covers nothing. */
  readonly until: string;
}

/** UpToDate, or under an exception that has not expired and names the status and every advisory (S14). */
export function isTcbAcceptable(
  { tcbStatus, advisoryIds }: Pick<VerifiedTdxQuote, 'tcbStatus' | 'advisoryIds'>,
  exceptions: readonly TcbException[],
  at: Date,
): boolean {
  if (tcbStatus === 'UpToDate') return true;
  return exceptions.some(
    ({ status, advisories, until }) =>
      EXCEPTABLE.includes(status) &&
      status === tcbStatus &&
      at < new Date(until) &&
      advisoryIds.every((advisory) => advisories.includes(advisory)),
  );
}
