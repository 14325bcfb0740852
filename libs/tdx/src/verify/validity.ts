import type { Certificate } from '@asterism/x509';

/** A span of time, without its end. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** False also for a date that is none. */
export function isWithin({ from, until }: Validity, at: Date): boolean {
  return at >= from && at < until;
}

/** RFC 5280 §4.1.2.5: `notAfter` names a whole second, which still belongs to the period. */
export function validityOf({ notBefore, notAfter }: Certificate): Validity {
  return { from: notBefore, until: new Date(notAfter.getTime() + 1000) };
}

/** When all are valid. */
export function intersection(spans: readonly Validity[]): Validity {
  return {
    from: new Date(Math.max(...spans.map(({ from }) => from.getTime()))),
    until: new Date(Math.min(...spans.map(({ until }) => until.getTime()))),
  };
}
