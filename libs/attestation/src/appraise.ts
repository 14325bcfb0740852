import {
  LOCK_PCR,
  policyDocumentSchema,
  type AppraisalResult,
  type PolicyDocument,
  type PolicyOf,
} from '@asterism/contracts';
import { compareAttestationKey } from './attestation-key.ts';
import { accepted, differs, matches, type ClaimReport } from './claim-report.ts';
import { PolicyError } from './errors.ts';
import type { AppraisalContext } from './expectations.ts';
import { compareLock } from './lock-claim.ts';
import { compareMeasurement, describeEvents } from './measurements.ts';
import { stageMark } from './proven.ts';
import type { Appraisal, VerifiedEvidence } from './stages.ts';
import { outcomeOf, statusOf, toTrustworthinessVector } from './trustworthiness.ts';
import { verifiedEvidence } from './verified.ts';

export const appraisals = stageMark('appraisal-not-made', 'appraisal was not made by appraise');

const validPolicies = new WeakSet<object>();

/**
 * Stage 3: is this genuine evidence what the policy accepts? Every claim is reported with got and wanted, all
 * mismatches together; `any` is reported as such. Nothing is left unchecked: a policy that does not validate is an error.
 * @throws PolicyError `policy-invalid`, or `evidence-not-verified` for anything `verifyEvidence` has not made.
 */
export async function appraise(
  verified: VerifiedEvidence,
  policy: PolicyDocument,
  { now, lock }: AppraisalContext,
): Promise<Appraisal> {
  verifiedEvidence.require(verified);
  requireValid(policy);
  if (policy.variant !== 'tpm') throw new PolicyError('policy-invalid', 'this build cannot apply the policy');
  const { bank, pcrs, events } = verified;
  const sameBank = bank === policy.tpm.bank;
  const lockClaim = await compareLock(sameBank ? pcrs.get(LOCK_PCR) : undefined, policy.tpm.bank, lock);
  const reports: ClaimReport[] = [
    compareEqual('variant', verified.variant, policy.variant),
    compareEqual('tpm.bank', bank, policy.tpm.bank),
    compareSelection(verified, policy),
    ...Object.entries(policy.tpm.pcrs)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([index, measurement]) => {
        const pcr = Number(index);
        // Values of another bank are never compared (S05).
        return compareMeasurement(`tpm.pcr.${index}`, sameBank ? pcrs.get(pcr) : undefined, measurement, {
          now,
          event: describeEvents(events, pcr, bank),
        });
      }),
    lockClaim.report,
    compareEventLog(verified, policy),
    ...compareAttestationKey(verified, policy.tpm.attestationKey),
    compareCollateral(policy),
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
  return appraisals.mark<Appraisal>({ result, policy, verified, lock: lockClaim.state });
}

function compareEqual(claim: string, got: string, want: string): ClaimReport {
  const compared = { claim, got, wanted: [want] };
  return got === want
    ? matches(compared)
    : differs(compared, {
        code: `${claim.replace('tpm.', '')}-mismatch`,
        message: `${claim} is not the policy's`,
      });
}

/** S05: exactly the policy's PCRs and the lock. More could hide what was compared. */
function compareSelection({ pcrs }: VerifiedEvidence, policy: PolicyOf<'tpm'>): ClaimReport {
  const wanted = [...Object.keys(policy.tpm.pcrs).map(Number), LOCK_PCR].sort((a, b) => a - b).join(',');
  const got = [...pcrs.keys()].sort((a, b) => a - b).join(',');
  const compared = { claim: 'tpm.pcr-selection', got, wanted: [wanted] };
  return got === wanted
    ? matches(compared)
    : differs(compared, {
        code: 'pcr-selection-mismatch',
        message: 'other PCRs were quoted than the policy names',
      });
}

function compareEventLog({ events }: VerifiedEvidence, policy: PolicyOf<'tpm'>): ClaimReport {
  const got = events === null ? null : `${events.length} events that replay to the quoted values`;
  if (policy.tpm.eventLog === 'any') return accepted('tpm.event-log', got);
  const compared = { claim: 'tpm.event-log', got, wanted: ['an event log'] };
  return got === null
    ? differs(compared, {
        code: 'event-log-missing',
        message: 'the policy requires an event log and none came',
      })
    : matches(compared);
}

/** Variant `tpm` rests on nothing that is fetched, so no age of collateral can be over its bound. */
function compareCollateral({ maximumCollateralAge: age }: PolicyDocument): ClaimReport {
  if (age === 'any') return accepted('collateral.age', 'no collateral');
  return matches({ claim: 'collateral.age', got: 'no collateral', wanted: [`at most ${age} s`] });
}

/** S04: documents are validated here too, so that a policy from elsewhere cannot have an empty list or a hole. */
function requireValid(policy: PolicyDocument): void {
  if (validPolicies.has(policy)) return;
  const parsed = policyDocumentSchema.safeParse(policy);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PolicyError(
      'policy-invalid',
      `policy is not valid: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  validPolicies.add(policy);
}
