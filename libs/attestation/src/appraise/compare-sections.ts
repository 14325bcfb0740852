import type { AppraisalResult, PolicyDocument } from '@asterism/contracts';
import type { LockExpectation } from '../expectations.ts';
import type { LockState, Unmarked, VerifiedEvidence } from '../stages.ts';
import { differs, matches, type ClaimReport } from './claim-report.ts';
import { bootRtmr2Of, compareLock } from './lock-claim.ts';
import { compareCollateral, compareMachine } from './machine-claims.ts';
import { compareNitro } from './nitro-claims.ts';
import { compareQuote } from './quote-claims.ts';
import { compareSnp } from './snp-claims.ts';
import { compareTdx } from './tdx-claims.ts';
import { outcomeOf, statusOf, toTrustworthinessVector } from './trustworthiness.ts';

/** Sections of evidence, each proved genuine. */
export type ProvedSections = Unmarked<VerifiedEvidence>;

interface ComparisonContext {
  readonly now: Date;
  /** Null outside of any cluster: then nothing is said of a lock. */
  readonly lock: LockExpectation | null;
}

/**
 * What a policy says of sections that were proved one by one. Of evidence in files, which no exchange binds, this is all
 * there is. It is a result for people and no `Appraisal`: nothing can be authorised by it.
 */
export async function compareSections(
  sections: ProvedSections,
  policy: PolicyDocument,
  { now, lock }: ComparisonContext,
): Promise<{ readonly result: AppraisalResult; readonly lock: LockState }> {
  const verified = sections as VerifiedEvidence;
  const locked = lock === null ? null : await compareLock(verified, policy, lock);
  const reports: ClaimReport[] = [
    compareVariant(verified.variant, policy.variant),
    ...(verified.quote !== null && 'tpm' in policy ? compareQuote(verified.quote, policy.tpm, now) : []),
    ...(verified.snp !== null && 'snp' in policy ? compareSnp(verified.snp, policy.snp, now) : []),
    ...(await compareTrustDomain(verified, policy, { now, lock })),
    ...(verified.nitro !== null && 'nitroTpm' in policy
      ? compareNitro(verified.nitro, policy.nitroTpm, now)
      : []),
    ...(locked === null ? [] : [locked.report]),
    ...compareMachine(verified, policy),
    compareCollateral(verified, policy, now),
  ];
  const claims = reports.map((report) => report.claim);
  const result: AppraisalResult = {
    outcome: outcomeOf(claims),
    status: statusOf(claims),
    variant: verified.variant,
    claims,
    findings: reports.flatMap((report) => (report.finding ? [report.finding] : [])),
    trustworthiness: toTrustworthinessVector(claims),
  };
  return { result, lock: locked?.state ?? 'unknown' };
}

function compareVariant(got: string, want: string): ClaimReport {
  const compared = { claim: 'variant', got, wanted: [want] };
  return got === want
    ? matches(compared)
    : differs(compared, { code: 'variant-mismatch', message: "variant is not the policy's" });
}

async function compareTrustDomain(
  { tdx, variant }: VerifiedEvidence,
  policy: PolicyDocument,
  { now, lock }: ComparisonContext,
): Promise<ClaimReport[]> {
  if (tdx === null || !('tdx' in policy)) return [];
  // Azure's lock is in the vTPM, so RTMR 2 stays as booted.
  const boot =
    variant === 'tdx' && lock !== null ? await bootRtmr2Of(tdx, policy.tdx, lock) : tdx.quote.report.rtmr2;
  return compareTdx(tdx, policy.tdx, boot, now);
}
