import { appraisals } from './appraise.ts';
import { LOCK_CLAIM } from './lock-claim.ts';
import type { Appraisal, Authorisation, Grant, Right } from './stages.ts';

/**
 * Stage 4: which right follows from an appraisal and the state of the lock (S20).
 * `boot-secrets` needs an accepted, unlocked machine; `member` an accepted machine locked into this cluster. Both need
 * a proved machine identity. Who the machine is, and what the records say of it, is the caller's next question.
 * @throws PolicyError `appraisal-not-made` for anything that `appraise` has not made.
 */
export function authorise(appraisal: Appraisal, request: { readonly right: Right }): Authorisation {
  appraisals.require(appraisal);
  const { result, lock, verified } = appraisal;
  const lockFits = request.right === 'boot-secrets' ? lock === 'open' : lock === 'locked';
  const lockOnly = result.claims.every((claim) => claim.verdict !== 'mismatch' || claim.claim === LOCK_CLAIM);
  if (result.outcome === 'refused' && (lockFits || !lockOnly))
    return { granted: false, code: 'evidence-refused' };
  if (!lockFits) {
    return { granted: false, code: request.right === 'boot-secrets' ? 'node-locked' : 'node-not-locked' };
  }
  if (result.outcome !== 'accepted' || verified.identity === null) {
    return { granted: false, code: 'evidence-undecided' };
  }
  const grant = Object.freeze({
    right: request.right,
    identity: verified.identity,
    bootIdentity: verified.bootIdentity,
  });
  return { granted: true, grant: grant as unknown as Grant };
}
