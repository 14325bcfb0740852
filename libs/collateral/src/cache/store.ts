import type { CollateralItem, VerifiedItem } from '../items/item.ts';
import type { NeedKey } from '../items/need-key.ts';

/** Keeps items over restarts, or for several processes. What it gives back is verified again, so it need not be trusted. */
export interface CollateralStore {
  get(key: NeedKey): Promise<CollateralItem | undefined>;
  put(item: VerifiedItem): Promise<void>;
}
