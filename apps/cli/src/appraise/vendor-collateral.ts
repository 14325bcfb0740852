import {
  collateralNeedsOf,
  joinCollateral,
  VENDOR_ROOTS,
  type Collateral,
  type CollateralSubject,
} from '@asterism/attestation';
import { collectOnline } from '../collateral/online.ts';
import type { Context } from '../context.ts';
import type { AppraisalInputs } from './inputs.ts';
import type { Judgement } from './judgement.ts';
import { withLaboratory, type LaboratoryAnchor } from './laboratory-anchors.ts';
import { asAmdRoots } from './snp/snp-roots.ts';

/** The vendors, or for a laboratory's machines whoever publishes under its roots. */
export async function vendorsFor(
  context: Context,
  anchors: readonly LaboratoryAnchor[],
): Promise<NonNullable<AppraisalInputs['askVendors']>> {
  const roots = {
    amd: await withLaboratory(VENDOR_ROOTS.amd, anchors, [], asAmdRoots),
    intel: await withLaboratory(VENDOR_ROOTS.intel, anchors, [], (anchor) => [anchor]),
  };
  return (needs) => collectOnline(context, needs, roots);
}

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
