import { compareSections, type LockExpectation, type ProvedSections } from '@asterism/attestation';
import { isZero } from '@asterism/bytes';
import { LOCK_PCR, type AppraisalResult } from '@asterism/contracts';
import type { AppraisalInputs } from './inputs.ts';
import type { Judgement } from './judgement.ts';

/** Sections that a format does not have. */
export const NO_SECTIONS = {
  bootIdentity: null,
  quote: null,
  snp: null,
  tdx: null,
  nitro: null,
  collateral: null,
} as const;

/** Compares evidence that is proved genuine with the policy, if there is one. */
export async function judgeByPolicy(
  judgement: Judgement,
  sections: ProvedSections,
  { policy, clusterId, now }: AppraisalInputs,
): Promise<void> {
  if (policy === null || judgement.outcome !== 'genuine') return;
  const pcr = (sections.quote?.pcrs ?? sections.nitro?.document.pcrs)?.get(LOCK_PCR);
  let lock: LockExpectation | null = clusterId === null ? null : { expected: 'either', clusterId };
  if (lock === null && pcr !== undefined && isZero(pcr)) lock = { expected: 'open' };
  if (lock === null && pcr !== undefined) {
    judgement.lack({
      code: 'cluster-id-missing',
      claim: `tpm.pcr.${LOCK_PCR}`,
      message: `PCR ${LOCK_PCR} is extended; whose cluster it names needs --cluster-id`,
      want: '--cluster-id',
    });
  }
  const { result } = await compareSections(sections, policy, { now, lock });
  takeResult(judgement, result);
}

/** The policy's verdict as claims, comparisons and findings. */
export function takeResult(judgement: Judgement, { claims, findings }: AppraisalResult): void {
  judgement.claims['compared'] = Object.fromEntries(
    claims.map(({ claim, got, wanted, verdict }) => [claim, { got, wanted, verdict }]),
  );
  for (const { claim, got, wanted, verdict } of claims) judgement.note({ claim, got, wanted, verdict });
  for (const { code, claim, got, wanted, message, event } of findings) {
    const finding = { code, claim, got, want: wanted, message, event };
    const verdict = claims.find((one) => one.claim === claim)?.verdict;
    if (verdict === 'mismatch') judgement.refuse(finding);
    else if (verdict === 'undecided') judgement.lack(finding);
    else judgement.remark(finding);
  }
  judgement.accept();
}
