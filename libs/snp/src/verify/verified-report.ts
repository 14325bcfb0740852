import type { VerifiedChain } from '@asterism/x509';
import type { EndorsementFields } from '../certificates/endorsement-fields.ts';
import type { SnpProduct } from '../report/product.ts';
import type { SnpReport } from '../report/report.ts';

/** What a policy must know of a report that is genuine: no list was there to look the ASK or ASVK up in. */
export type SnpFact = 'revocation-unchecked';

const made: unique symbol = Symbol('made by verifyReport');

export interface VerifiedSnpContent {
  readonly report: SnpReport;
  /** By CPUID, certificate and root alike; by the last two in version 2. */
  readonly product: SnpProduct;
  readonly endorsement: EndorsementFields;
  readonly chain: VerifiedChain;
  readonly facts: readonly SnpFact[];
}

/** A report that `verifyReport` has proved genuine. Whether it is acceptable is a policy's to say. */
export class VerifiedSnpReport implements VerifiedSnpContent {
  readonly report: SnpReport;
  readonly product: SnpProduct;
  readonly endorsement: EndorsementFields;
  readonly chain: VerifiedChain;
  readonly facts: readonly SnpFact[];
  readonly #made: typeof made;

  constructor(proof: typeof made, content: VerifiedSnpContent) {
    if (proof !== made) throw new TypeError('only verifyReport makes a verified report');
    this.#made = proof;
    this.report = Object.freeze({ ...content.report });
    this.product = content.product;
    this.endorsement = Object.freeze({ ...content.endorsement });
    this.chain = content.chain;
    this.facts = Object.freeze([...content.facts]);
    Object.freeze(this);
  }

  /** True for what `verifyReport` returned, also when the value crossed untyped code. */
  static isGenuine(value: unknown): value is VerifiedSnpReport {
    return typeof value === 'object' && value !== null && #made in value && value.#made === made;
  }
}

export function makeVerifiedReport(content: VerifiedSnpContent): VerifiedSnpReport {
  return new VerifiedSnpReport(made, content);
}
