import type { Variant } from '@asterism/contracts';
import { field, type Members } from './commented.ts';

const DAY = 86_400;

/** Whether anything that a vendor publishes, and may take back, is part of the decision. */
export type CollateralUse = 'lists' | 'none';

export function sharedSection(variant: Variant, collateral: CollateralUse): Members {
  return {
    schema: field('layout of this document', 'asterism/policy/v1'),
    variant: field('evidence of this kind only; the pool must have the same variant', variant),
    reattestationInterval: field('seconds between two appraisals of a member', 300),
    maximumCollateralAge:
      collateral === 'lists'
        ? field('seconds; older lists and TCB data of the vendor are not relied on', 30 * DAY)
        : field('this evidence rests on certificates alone, nothing is fetched that could be old', 'any'),
    approval: field(
      'an operator approves each machine by the identity that is shown; `automatic` lets every machine in that fits',
      'required',
    ),
  };
}

/** Every variant but `tpm`, whose machines are named by their endorsement keys. */
export const MACHINES: Members = {
  machines: field(
    'identities (SHA-256, hex) of the machines that may join; any leaves the choice to the approval above',
    'any',
  ),
};
