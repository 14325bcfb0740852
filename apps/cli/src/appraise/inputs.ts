import type { Collateral, CollateralNeed } from '@asterism/attestation';
import type { Bytes } from '@asterism/bytes';
import type { CollectedCollateral } from '@asterism/collateral';
import type { PolicyDocument } from '@asterism/contracts';
import type { LaboratoryAnchor } from './laboratory-anchors.ts';

/** What the command line gave; null where it does not say. */
export interface AppraisalInputs {
  readonly evidence: Bytes;
  readonly parts: ReadonlyMap<string, Bytes>;
  readonly collateral: Collateral;
  /** Files of `--collateral` that hold documents which cannot be read. */
  readonly unreadable: readonly string[];
  /** `--online`; null: no network. */
  readonly askVendors: ((needs: readonly CollateralNeed[]) => Promise<CollectedCollateral>) | null;
  readonly nonce: Bytes | null;
  /** Up to 64 bytes; what is shorter is followed by zeros. */
  readonly reportData: Bytes | null;
  readonly policy: PolicyDocument | null;
  readonly clusterId: Bytes | null;
  readonly anchors: readonly LaboratoryAnchor[];
  readonly now: Date;
}
