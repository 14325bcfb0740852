import type { PolicyDocument } from '@asterism/contracts';
import type { VerifiedEvidence } from '../stages.ts';
import { accepted, matches, undecided, type ClaimReport } from './claim-report.ts';
import { compareListed, shown } from './lists.ts';

/** Whether the machine is one of those that the policy names. Machines with a TPM alone have `tpm.ek.key` for it. */
export function compareMachine({ identity }: VerifiedEvidence, policy: PolicyDocument): ClaimReport[] {
  if (policy.variant === 'tpm') return [];
  const { machines } = policy;
  const claim = 'machine.identity';
  if (machines === 'any') return [accepted(claim, identity)];
  if (identity === null) {
    const message = 'the evidence does not tell the machine from another';
    return [undecided({ claim, got: null, wanted: shown(machines) }, { code: 'identity-unknown', message })];
  }
  return [
    compareListed(claim, identity, machines, {
      code: 'machine-not-allowed',
      message: 'machine is not in the allow list',
    }),
  ];
}

/** How old the oldest of what vendors published was when it was used. What is too old decides nothing (S15). */
export function compareCollateral(
  { collateral }: VerifiedEvidence,
  { maximumCollateralAge: most }: PolicyDocument,
  now: Date,
): ClaimReport {
  const claim = 'collateral.age';
  const age = collateral && Math.max(0, Math.round((now.getTime() - collateral.issuedAt.getTime()) / 1000));
  const got = age === null ? 'no collateral' : `${age} s`;
  if (most === 'any') return accepted(claim, got);
  const compared = { claim, got, wanted: [`at most ${most} s`] };
  return age === null || age <= most
    ? matches(compared)
    : undecided(compared, {
        code: 'collateral-too-old',
        message: 'collateral is older than the policy takes',
      });
}
