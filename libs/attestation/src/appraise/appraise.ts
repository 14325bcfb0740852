import { policyDocumentSchema, type PolicyDocument } from '@asterism/contracts';
import { PolicyError } from '../errors.ts';
import type { AppraisalContext } from '../expectations.ts';
import { stageMark } from '../proven.ts';
import type { Appraisal, VerifiedEvidence } from '../stages.ts';
import { verifiedEvidence } from '../verify/verified.ts';
import { compareSections } from './compare-sections.ts';

export const appraisals = stageMark('appraisal-not-made', 'appraisal was not made by appraise');

const validPolicies = new WeakSet<object>();

/**
 * Stage 3: is this genuine evidence what the policy accepts? Every claim is reported with got and wanted, all
 * mismatches together; `any` is reported as such. Nothing is left unchecked: a policy that does not validate is an error,
 * and evidence of another variant than the policy's is refused (S06).
 * @throws PolicyError `policy-invalid`, or `evidence-not-verified` for anything `verifyEvidence` has not made.
 */
export async function appraise(
  verified: VerifiedEvidence,
  policy: PolicyDocument,
  { now, lock }: AppraisalContext,
): Promise<Appraisal> {
  verifiedEvidence.require(verified);
  requireValid(policy);
  const { result, lock: state } = await compareSections(verified, policy, { now, lock });
  return appraisals.mark<Appraisal>({ result, policy, verified, lock: state });
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
