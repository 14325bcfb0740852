import { appraisals } from './appraise/appraise.ts';
import { isLockClaim } from './appraise/lock-claim.ts';
import type { Appraisal, Authorisation, Grant, LockState, Right } from './stages.ts';

/** Where nothing measures the lock it speaks for neither right nor against: the record of the boot must. */
const LOCKS: Readonly<Record<Right, readonly LockState[]>> = {
  'boot-secrets': ['open', 'unmeasured'],
  member: ['locked', 'unmeasured'],
};

/**
 * Stage 4: which right follows from an appraisal and the state of the lock (S20).
 * `boot-secrets` needs an accepted, unlocked machine; `member` an accepted machine locked into this cluster. Both need
 * a proved machine identity. Who the machine is, and what the records say of it, is the caller's next question; where the
 * grant says `lockUnmeasured`, also whether this boot is locked.
 * @throws PolicyError `appraisal-not-made` for anything that `appraise` has not made.
 */
export function authorise(appraisal: Appraisal, request: { readonly right: Right }): Authorisation {
  appraisals.require(appraisal);
  const { result, lock, verified } = appraisal;
  const lockFits = LOCKS[request.right].includes(lock);
  const lockOnly = result.claims.every(({ verdict, claim }) => verdict !== 'mismatch' || isLockClaim(claim));
  if (result.outcome === 'refused' && (lockFits || !lockOnly)) {
    return { granted: false, code: 'evidence-refused' };
  }
  if (lock === 'unknown') return { granted: false, code: 'evidence-undecided' };
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
    lockUnmeasured: lock === 'unmeasured',
  });
  return { granted: true, grant: grant as unknown as Grant };
}
