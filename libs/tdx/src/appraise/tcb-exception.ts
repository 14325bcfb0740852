import type { TcbStatus } from '../collateral/tcb-level.ts';
import type { VerifiedTdxQuote } from '../verify/verified-tdx-quote.ts';

/** A status other than UpToDate that a policy takes for a while. */
export interface TcbException {
  readonly status: TcbStatus;
  /** Every advisory that is taken. */
  readonly advisoryIds: readonly string[];
  readonly until: Date;
}

/** UpToDate, or under an exception that has not expired and names the status and every advisory (S14). */
export function isTcbAcceptable(
  { tcbStatus, advisoryIds }: Pick<VerifiedTdxQuote, 'tcbStatus' | 'advisoryIds'>,
  exceptions: readonly TcbException[],
  at: Date,
): boolean {
  if (tcbStatus === 'UpToDate') return true;
  return exceptions.some(
    (exception) =>
      exception.status === tcbStatus &&
      at < exception.until &&
      advisoryIds.every((advisory) => exception.advisoryIds.includes(advisory)),
  );
}
