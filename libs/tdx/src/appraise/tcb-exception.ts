import type { VerifiedTdxQuote } from '../verify/verified-tdx-quote.ts';

/** A status other than UpToDate that a policy takes for a while. */
export interface TcbException {
  readonly status: 'SWHardeningNeeded' | 'ConfigurationNeeded' | 'ConfigurationAndSWHardeningNeeded';
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
      status === tcbStatus &&
      at < new Date(until) &&
      advisoryIds.every((advisory) => advisories.includes(advisory)),
  );
}
