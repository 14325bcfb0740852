import type { TdReport } from '../quote/td-report.ts';
import type { TdxQuote } from '../quote/quote.ts';
import type { TcbEvaluation } from './evaluate-tcb.ts';
import type { PckExtensions } from './pck-extensions.ts';

const made: unique symbol = Symbol('made by verifyTdxQuote');

/** What `verifyTdxQuote` found besides the quote itself. */
export interface TdxFacts extends TcbEvaluation {
  readonly pck: PckExtensions;
  readonly tcbEvaluationDataNumber: number;
  readonly qeEvaluationDataNumber: number;
  /** When the oldest document or list that was used was issued. */
  readonly collateralIssued: Date;
  /** When the first document or list that was used goes out of date. */
  readonly collateralUntil: Date;
  readonly verifiedAt: Date;
}

/** A quote that `verifyTdxQuote` has proved; only this room can make one. */
export class VerifiedTdxQuote {
  readonly quote: TdxQuote;
  readonly report: TdReport;
  readonly facts: TdxFacts;
  readonly tcbStatus: TdxFacts['tcbStatus'];
  readonly advisoryIds: readonly string[];
  readonly tcbEvaluationDataNumber: number;
  readonly #made: typeof made;

  constructor(proof: typeof made, quote: TdxQuote, facts: TdxFacts) {
    if (proof !== made) throw new TypeError('only verifyTdxQuote makes a verified quote');
    this.#made = proof;
    this.quote = quote;
    this.report = quote.report;
    this.facts = facts;
    this.tcbStatus = facts.tcbStatus;
    this.advisoryIds = facts.advisoryIds;
    this.tcbEvaluationDataNumber = facts.tcbEvaluationDataNumber;
    Object.freeze(this);
  }

  static isVerified(value: unknown): value is VerifiedTdxQuote {
    return typeof value === 'object' && value !== null && #made in value;
  }
}

/** For `verifyTdxQuote` only. */
export function makeVerifiedTdxQuote(quote: TdxQuote, facts: TdxFacts): VerifiedTdxQuote {
  return new VerifiedTdxQuote(made, quote, facts);
}
