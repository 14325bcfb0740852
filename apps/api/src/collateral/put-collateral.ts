import { needKey, type VerifiedItem } from '@asterism/collateral';
import { collateral, events, type Transaction } from '@asterism/persistence';

/** Nodes that depend on what changed are asked within this time, each at its own. */
export const REAPPRAISAL_SPREAD_MS = 60_000;

/**
 * Stores an item for all replicas. Where it changes something, they hear of it, and the nodes whose verdict hangs on it
 * are due (S15), in the same transaction. @returns false where there is a newer one
 */
export async function putCollateral(tx: Transaction, item: VerifiedItem): Promise<boolean> {
  const row = toRow(item);
  const outcome = await collateral.put(tx, row);
  if (outcome === 'changed') {
    const { kind, key, contentSha256 } = row;
    events.append(tx, { type: 'collateral.changed', clusterId: null, data: { kind, key, contentSha256 } });
    await collateral.appraiseDependents(tx.queries, { now: tx.now, spread: REAPPRAISAL_SPREAD_MS });
  }
  return outcome !== 'older';
}

function toRow({
  item,
  contentSha256,
  issuer,
  thisUpdate,
  nextUpdate,
}: VerifiedItem): collateral.StoredCollateral {
  const { need, content, issuerChain, source, fetchedAt } = item;
  const dates = { thisUpdate, nextUpdate, fetchedAt };
  return { ...needKey(need), content, contentSha256, issuerChain, issuer, source, ...dates };
}
