import type { CollateralNeed } from '@asterism/attestation';
import type { VendorAnswer } from '../http/vendor-get.ts';
import type { CollateralItem } from '../items/item.ts';

/** What a vendor's client may do; the rest (turns, deadlines, verification) is the source's. */
export interface VendorContext {
  /** @throws CollateralUndecidedError */
  get(url: URL, mostBytes: number): Promise<VendorAnswer>;
  /** Another item that this one is proved with. @throws CollateralError */
  item(need: CollateralNeed): Promise<CollateralItem>;
  readonly now: Date;
}

/** One service that publishes collateral. Addresses are made of its base and of `needKey`'s closed grammar, never of what evidence holds besides. */
export interface Vendor {
  readonly name: string;
  answers(need: CollateralNeed): boolean;
  /** Nothing in the outcome is verified. @throws CollateralError, CollateralFormatError */
  fetch(need: CollateralNeed, context: VendorContext): Promise<CollateralItem>;
}
