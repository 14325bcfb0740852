import { CodedError } from '@asterism/bytes';
import { UsageError } from '../errors.ts';
import { toValueText } from '../output/value-text.ts';
import type { AppraisalReport, ReportFinding, ReportOutcome } from './report.ts';
import type { TrustChain } from './trust-chain.ts';

/** What a finding does to the outcome: it refuses, leaves undecided, or only wants to be read. */
type Weight = 'refuses' | 'undecides' | 'remarks';

export interface FindingInput {
  readonly code: string;
  readonly claim: string;
  readonly message: string;
  readonly got?: unknown;
  readonly want?: unknown;
  readonly event?: string | undefined;
}

interface WeighedFinding {
  readonly finding: ReportFinding;
  readonly weight: Weight;
}

/** One comparison, whatever came of it; `wanted` is empty where any value is accepted. */
export interface Comparison {
  readonly claim: string;
  readonly got: string | null;
  readonly wanted: readonly string[];
  readonly verdict: 'match' | 'mismatch' | 'warning' | 'any' | 'undecided';
}

/** Codes of what was given and is not current, and the one that tells it. */
const STALE: Readonly<Record<string, string>> = {
  'collateral-expired': 'collateral-expired',
  'collateral-not-yet-valid': 'collateral-not-yet-valid',
  'crl-expired': 'collateral-expired',
  'crl-not-yet-valid': 'collateral-not-yet-valid',
};

/** What is shared by a judgement and the sections in it. */
interface Book {
  readonly findings: WeighedFinding[];
  readonly comparisons: Comparison[];
  readonly chains: TrustChain[];
}

/**
 * Collects what appraising one piece of evidence finds. Nothing ends it early that does not have to: a checker wants all
 * that speaks against the evidence, and what is missing never hides what is wrong.
 */
export class Judgement {
  readonly claims: { [name: string]: unknown } = {};
  readonly #prefix: string;
  readonly #book: Book;
  #accepted = false;

  constructor(prefix = '', book: Book = { findings: [], comparisons: [], chains: [] }) {
    this.#prefix = prefix;
    this.#book = book;
  }

  /** A part whose claims stand under a name of their own, such as the TD quote of an Azure machine. */
  section(name: string): Judgement {
    const section = new Judgement(`${this.#prefix}${name}.`, this.#book);
    this.claims[name] = section.claims;
    return section;
  }

  refuse(finding: FindingInput): void {
    this.#add('refuses', finding);
  }

  /** Something is missing without which nothing can be concluded; `want` names it. */
  lack(finding: FindingInput): void {
    this.#add('undecides', finding);
  }

  remark(finding: FindingInput): void {
    this.#add('remarks', finding);
  }

  /** Refuses where two values differ. Both are texts, as in `claims`. */
  compare(code: string, claim: string, got: string, want: string, message: string): void {
    const verdict = got === want ? 'match' : 'mismatch';
    this.note({ claim: `${this.#prefix}${claim}`, got, wanted: [want], verdict });
    if (got !== want) this.refuse({ code, claim, message, got, want });
  }

  /** A comparison that was made elsewhere, under its full name. */
  note(comparison: Comparison): void {
    this.#book.comparisons.push(comparison);
  }

  /** Runs a step whose failure speaks of the evidence, and goes on; null where it failed. */
  async attempt<Value>(claim: string, step: () => Value | Promise<Value>): Promise<Value | null> {
    try {
      return await step();
    } catch (error) {
      this.fail(error, claim);
      return null;
    }
  }

  /** What a library says of the evidence. Faults, bad usage and mistakes of this program are not its to explain. */
  fail(error: unknown, claim: string): void {
    const isOfEvidence =
      error instanceof CodedError && error.outcome !== 'fault' && !(error instanceof UsageError);
    if (!isOfEvidence) throw error;
    const { code, message, got, want } = error;
    const finding = { code, claim, message, got, want };
    if (error.outcome === 'undecided') this.undecided(finding);
    else this.refuse(finding);
  }

  /**
   * What a library could not decide. Where something is missing the caller can bring it; what he brought as collateral of
   * the time and is not is wrong (S15).
   */
  undecided(finding: FindingInput): void {
    const code = STALE[finding.code];
    if (code === undefined) this.lack(finding);
    else this.refuse({ ...finding, code });
  }

  /** The policy accepts; refusals and gaps of elsewhere still count. */
  accept(): void {
    this.#accepted = true;
  }

  addChain(chain: TrustChain): void {
    this.#book.chains.push(chain);
  }

  get chains(): readonly TrustChain[] {
    return this.#book.chains;
  }

  get comparisons(): readonly Comparison[] {
    return this.#book.comparisons;
  }

  get outcome(): ReportOutcome {
    const weights = this.#book.findings.map(({ weight }) => weight);
    if (weights.includes('refuses')) return 'refused';
    if (weights.includes('undecides')) return 'undecided';
    return this.#accepted ? 'accepted' : 'genuine';
  }

  /** Findings that decided come first. */
  toReport(): AppraisalReport {
    const { outcome, claims } = this;
    const order: readonly Weight[] = ['refuses', 'undecides', 'remarks'];
    const findings = order.flatMap((wanted) =>
      this.#book.findings.filter(({ weight }) => weight === wanted).map(({ finding }) => finding),
    );
    const decided = outcome === 'refused' || outcome === 'undecided';
    return { outcome, code: decided ? (findings[0]?.code ?? outcome) : outcome, claims, findings };
  }

  #add(weight: Weight, { code, claim, message, got, want, event }: FindingInput): void {
    const finding = {
      code,
      claim: `${this.#prefix}${claim}`,
      got: toValueText(got),
      wanted: (Array.isArray(want) ? want : [want]).flatMap((value) => toValueText(value) ?? []),
      message,
      ...(event === undefined ? {} : { event }),
    };
    this.#book.findings.push({ finding, weight });
  }
}
