import { CodedError, sha256, toHex } from '@asterism/bytes';
import { CollateralInputError, CollateralNotGenuineError, CollateralUndecidedError } from '../errors.ts';
import { verifyAmdChain, verifyAmdCrl, verifyVcek } from './amd-items.ts';
import type { Proof } from './chains.ts';
import { verifyPckCrl, verifyQeIdentity, verifyRootCrl, verifyTcbInfo } from './intel-items.ts';
import type { CollateralItem, VendorRoots, VerifiedItem } from './item.ts';
import { needKey } from './need-key.ts';

/**
 * Proves that an item is what its vendor publishes for its need, and current: chain to a pinned root, signature, dates,
 * and that it is of the product, chip or platform asked for. What passes may be cached.
 *
 * Not verified: that no certificate of its chain is revoked; evidence is always verified with the lists.
 *
 * @throws CollateralInputError `item-malformed`, `need-malformed`, CollateralNotGenuineError `collateral-refused`,
 *   CollateralUndecidedError `collateral-expired`
 */
export async function verifyItem(item: CollateralItem, roots: VendorRoots, at: Date): Promise<VerifiedItem> {
  const { kind, key } = needKey(item.need);
  try {
    const { signer, thisUpdate, nextUpdate, collateral } = await prove(item, roots, at);
    if (at >= nextUpdate) {
      throw new CollateralUndecidedError('collateral-expired', 'out of date', { got: nextUpdate, want: at });
    }
    const contentSha256 = toHex(await sha256(item.content));
    return { item, collateral, contentSha256, issuer: signer.subject.text, thisUpdate, nextUpdate };
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw restate(cause, `${kind} ${key}`);
  }
}

function prove(item: CollateralItem, roots: VendorRoots, at: Date): Promise<Proof> {
  const { need } = item;
  switch (need.kind) {
    case 'amd-chain':
      return verifyAmdChain(item, need, roots, at);
    case 'amd-vcek':
      return verifyVcek(item, need, roots, at);
    case 'amd-crl':
      return verifyAmdCrl(item, need, roots, at);
    case 'intel-tcb-info':
      return verifyTcbInfo(item, need, roots, at);
    case 'intel-qe-identity':
      return verifyQeIdentity(item, roots, at);
    case 'intel-pck-crl':
      return verifyPckCrl(item, need, roots, at);
    case 'intel-root-crl':
      return verifyRootCrl(item, roots, at);
  }
}

/** Errors of the rooms below, by what may be concluded from them. */
function restate(cause: CodedError, name: string): Error {
  const { got, want } = cause;
  const options = { got, want, cause };
  const message = `${name}: ${cause.message}`;
  if (cause.outcome === 'undecided' || cause.code === 'expired' || cause.code === 'not-yet-valid') {
    return new CollateralUndecidedError('collateral-expired', message, options);
  }
  if (cause.outcome === 'input') return new CollateralInputError('item-malformed', message, options);
  return new CollateralNotGenuineError('collateral-refused', message, options);
}
