import {
  collateralNeedsOf,
  joinCollateral,
  type Collateral,
  type CollateralSubject,
} from '@asterism/attestation';
import type { AppraisalInputs } from './inputs.ts';
import type { Judgement } from './judgement.ts';

/**
 * What was given, and with `--online` what the vendors publish for this evidence. What could not be had is remarked: the
 * evidence is then undecided by whatever needs it.
 */
export async function collateralFor(
  subject: CollateralSubject,
  { collateral, askVendors }: AppraisalInputs,
  judgement: Judgement,
): Promise<Collateral> {
  if (askVendors === null) return collateral;
  const { collateral: published, missing } = await askVendors(collateralNeedsOf(subject));
  for (const { need, error } of missing) {
    judgement.remark({ code: error.code, claim: 'collateral', message: error.message, want: need.kind });
  }
  return joinCollateral([collateral, published]);
}
