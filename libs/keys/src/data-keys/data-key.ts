import { KeysError } from '../errors.ts';
import type { KekContext } from '../kek/kek-provider.ts';
import type { KeyName } from '../derivation/derive.ts';
import type { RandomSource } from '../seal/wrap.ts';

/** Purposes whose keys are random in external mode; all others are derived from the cluster's root in both modes. */
export type DataKeyPurpose = 'state-disk' | 'volume' | 'object-store';

/** A fresh key of external mode, 32 bytes. */
export function createDataKey(random: RandomSource): Uint8Array {
  const key = new Uint8Array(random(32));
  if (key.length !== 32)
    throw new KeysError('derivation-invalid', 'data key is not 32 bytes', { got: key.length });
  return key;
}

/**
 * What a wrapped data key is bound to: cluster, purpose, id and version. Purposes have no slash and a version is the last
 * piece, so that no two names give one context, whatever the id.
 * @param cluster UUID
 */
export function dataKeyContext(
  cluster: string,
  { purpose, id, version }: KeyName & { readonly purpose: DataKeyPurpose },
): KekContext {
  return { cluster: cluster.toLowerCase(), key: `${purpose}/${id}/${version}` };
}
