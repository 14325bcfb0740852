import {
  collateralNeedsOf,
  NO_COLLATERAL,
  type Collateral,
  type CollateralNeed,
  type ParsedEvidence,
  type VendorRoots,
} from '@asterism/attestation';
import { CodedError } from '@asterism/bytes';
import { needKey, toBundle, type CollectedCollateral } from '@asterism/collateral';
import type { CollateralBundle } from '@asterism/contracts';
import type { collateral } from '@asterism/persistence';
import { NITRO_ROOTS } from '@asterism/tpm';
import type { ApiCollateral } from '../collateral/open-collateral.ts';

/** A machine waits for its answer: what has not come by then leaves the evidence undecided, and comes for the next. */
const WITHIN_MS = 10_000;

export interface FetchedCollateral {
  readonly collateral: Collateral;
  /** What it was made of, for the records: when one of it changes, the machine is appraised again (S15). */
  readonly used: readonly collateral.UsedCollateral[];
}

/** What vendors publish of one machine, from the cache or the vendors themselves. Never an address from the evidence (S10). */
export class MachineCollateral {
  readonly #collateral: Pick<ApiCollateral, 'source' | 'roots'>;

  constructor(collateral: Pick<ApiCollateral, 'source' | 'roots'>) {
    this.#collateral = collateral;
  }

  get roots(): VendorRoots {
    return { nitro: NITRO_ROOTS, ...this.#collateral.roots };
  }

  async fetch(parsed: ParsedEvidence): Promise<FetchedCollateral> {
    const { collateral, used } = await this.#collect(parsed);
    return {
      collateral,
      used: used.map(({ item, contentSha256 }) => ({ ...needKey(item.need), contentSha256 })),
    };
  }

  /** The same for whoever verifies the evidence himself, so that he needs no way to the vendors. */
  async bundle(parsed: ParsedEvidence): Promise<CollateralBundle> {
    const { used } = await this.#collect(parsed);
    return toBundle(used.map(({ item }) => item));
  }

  async #collect(parsed: ParsedEvidence): Promise<CollectedCollateral> {
    const needs = needsOf(parsed);
    if (needs.length === 0) return { collateral: NO_COLLATERAL, used: [], missing: [] };
    return this.#collateral.source.collect(needs, { withinMilliseconds: WITHIN_MS });
  }
}

/** None for evidence whose own certificates cannot be read: its verification says so. */
function needsOf(parsed: ParsedEvidence): readonly CollateralNeed[] {
  try {
    return collateralNeedsOf(parsed);
  } catch (cause) {
    if (cause instanceof CodedError && cause.outcome === 'input') return [];
    throw cause;
  }
}
