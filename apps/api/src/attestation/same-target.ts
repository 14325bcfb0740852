import { ProblemError } from '../http/problem-error.ts';
import type { Claimant } from './connection-states.ts';

/** @throws ProblemError `evidence-invalid` */
export function requireSameTarget(
  { target }: Pick<Claimant, 'target'>,
  claims: { readonly cluster: string; readonly pool: string },
): void {
  if (claims.cluster === target.clusterName && claims.pool === target.poolName) return;
  throw new ProblemError('evidence-invalid', 'the claims name another cluster or pool than the challenge');
}
