import type { Collateral, CollateralNeed } from '@asterism/attestation';
import type { CollateralError } from '../errors.ts';
import type { VerifiedItem } from '../items/item.ts';

export interface CollectOptions {
  /** After so long what has not come is missing; it may still come for others. */
  readonly withinMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CollectedCollateral {
  readonly collateral: Collateral;
  /** What it was made of: a verdict that used these is to be made again when one of them changes. */
  readonly used: readonly VerifiedItem[];
  /** What did not come, and why: the evidence is undecided where it needs it, and only there. */
  readonly missing: readonly MissingCollateral[];
}

export interface MissingCollateral {
  readonly need: CollateralNeed;
  readonly error: CollateralError;
}

/** Where collateral comes from. */
export interface CollateralSource {
  /** All that can be had in time; each need stands and falls alone. Every item was verified, and none has expired. */
  collect(needs: readonly CollateralNeed[], options: CollectOptions): Promise<CollectedCollateral>;
}
