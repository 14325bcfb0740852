import type { AccessPolicy, AccessUser } from '@asterism/contracts';
import { fingerprintOf, parsePublicKey } from '@asterism/ssh';
import type { sshGrants } from '@asterism/persistence';

/** Whether a grant still rests on what is declared of its user; undefined: nobody declares the user any more. */
export function grantStands(
  grant: Pick<sshGrants.OpenGrant, 'principal' | 'fingerprint' | 'nodeId' | 'nodePool' | 'pools'>,
  user: AccessUser | undefined,
): boolean {
  if (user === undefined) return false;
  const { principal, fingerprint, nodeId, nodePool, pools } = grant;
  const { pools: allowed } = user;
  const places = nodeId === null ? pools : [nodePool];
  return (
    user.principals.includes(principal) &&
    user.publicKeys.some((line) => fingerprintOf(parsePublicKey(line)) === fingerprint) &&
    (allowed === 'all' || places.every((pool) => pool !== null && allowed.includes(pool)))
  );
}

/** Whether the rules would let an open grant be as it is: approved where they want that, and no longer than they have it. */
export function grantIsWithin(
  {
    principal,
    seconds,
    state,
    decidedBy,
  }: Pick<sshGrants.OpenGrant, 'principal' | 'seconds' | 'state' | 'decidedBy'>,
  policy: AccessPolicy,
): boolean {
  const unseen = state === 'active' && decidedBy === null && policy.approval.includes(principal);
  return !unseen && seconds <= policy.grantSeconds;
}
