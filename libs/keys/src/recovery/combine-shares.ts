import { fromBase64url } from '@asterism/bytes';
import { combine } from 'shamir-secret-sharing';
import { wipe } from '../wipe.ts';
import { RecoveryError } from './errors.ts';
import type { RecoveryShare } from './share.ts';

/**
 * The root of a cluster (its master secret, under scheme `constellation`) from shares alone, where there is no server that
 * keeps the record of their set. So nothing says here that the secret is the right one: compare what follows from it with
 * what is known before it is used. The secret is the caller's to wipe.
 * @param shares of one set, from `openShare` or `parseShare`; the first ones up to the threshold are used
 * @param cluster UUID
 * @throws RecoveryError `recovery-share-foreign`, `recovery-share-wrong`, `recovery-share-repeated`, `recovery-shares-missing`
 */
export async function combineShares(shares: readonly RecoveryShare[], cluster: string): Promise<Uint8Array> {
  requireOneSet(shares, cluster);
  const threshold = shares[0]?.threshold ?? 0;
  const used = shares.slice(0, threshold).map(({ share }) => fromBase64url(share));
  try {
    return await combine(used);
  } catch {
    // No cause: lengths or coordinates that do not fit each other. A library's message may quote what it was given.
    throw new RecoveryError('recovery-share-wrong', 'the shares do not fit each other');
  } finally {
    wipe(...used);
  }
}

function requireOneSet(shares: readonly RecoveryShare[], cluster: string): void {
  const [first] = shares;
  if (first === undefined) throw missing(0, undefined);
  const indexes = new Set<number>();
  for (const { scope, set, threshold, count, index } of shares) {
    const owner = scope.kind === 'cluster' ? scope.id : scope.kind;
    if (owner !== cluster) throw foreign('share of another cluster or platform', owner, cluster);
    if (set !== first.set) throw foreign('shares of two sets', set, first.set);
    if (threshold !== first.threshold || count !== first.count) {
      throw new RecoveryError('recovery-share-wrong', `share ${index} tells of another set`);
    }
    if (indexes.has(index))
      throw new RecoveryError('recovery-share-repeated', `share ${index} is here already`);
    indexes.add(index);
  }
  if (shares.length < first.threshold) throw missing(shares.length, first.threshold);
}

function foreign(message: string, got: string, want: string): RecoveryError {
  return new RecoveryError('recovery-share-foreign', message, { got, want });
}

function missing(got: number, want: number | undefined): RecoveryError {
  return new RecoveryError('recovery-shares-missing', 'fewer shares than the threshold', { got, want });
}
