import { collateral } from '@asterism/persistence';
import { Repeated } from '../node/repeated.ts';
import type { Platform } from '../platform/platform.ts';
import { REAPPRAISAL_SPREAD_MS } from './put-collateral.ts';

const EVERY_MS = 60_000;

/** Renews collateral ahead of its expiry, forgets what has expired, and sees to it that no verdict outlives what it was made with (S15). */
export function startCollateralUpkeep(platform: Platform): Repeated {
  const { logger } = platform;
  return new Repeated({ name: 'collateral', interval: EVERY_MS, run: () => keepUp(platform) }, logger);
}

export async function keepUp({ collateral: source, database, metrics }: Platform): Promise<void> {
  await source.refresh();
  const now = database.clock();
  metrics.collateralExpiry.reset();
  for (const [kind, expiry] of source.expiries()) {
    metrics.collateralExpiry.set({ kind }, (expiry.getTime() - now.getTime()) / 1_000);
  }
  await collateral.prune(database.queries, now);
  // A node that was appraised while an item changed was noted after the change was told.
  await collateral.appraiseDependents(database.queries, { now, spread: REAPPRAISAL_SPREAD_MS });
}
