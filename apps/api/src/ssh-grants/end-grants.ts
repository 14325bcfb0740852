import { audit, events, sshCertificates, sshGrants, type Transaction } from '@asterism/persistence';

export interface EndedBy {
  readonly actor: string;
  readonly reason: string;
}

/** Which of the grants that were found are to end; all of them unless said. */
type Falls = (grant: sshGrants.OpenGrant) => boolean;

/**
 * Ends grants and revokes their certificates, in the transaction of whatever they rested on (S24). Whoever calls counts the
 * change with `access.bump`, because nodes have to hear of the certificates.
 * @returns how many ended
 */
export async function endGrants(
  tx: Transaction,
  clusterId: string,
  selector: sshGrants.OpenGrantSelector,
  { actor, reason }: EndedBy,
  falls: Falls = () => true,
): Promise<number> {
  const ending = (await sshGrants.lockOpen(tx, clusterId, selector)).filter(falls);
  const ids = ending.map(({ id }) => id);
  await sshGrants.end(tx, clusterId, ids, { state: 'ended', by: actor, reason });
  await sshCertificates.revokeOfGrants(tx, clusterId, ids, { by: actor, reason });
  for (const { id, user, principal } of ending) {
    recordGrant(tx, {
      clusterId,
      actor,
      action: 'ssh-grant.ended',
      id,
      details: { user, principal, reason },
    });
  }
  return ending.length;
}

interface GrantRecord {
  readonly clusterId: string;
  readonly actor: string;
  readonly action: string;
  readonly id: string;
  readonly details: Parameters<typeof audit.append>[1]['details'];
}

/** What becomes of a grant is in the audit trail, and goes to whoever follows. */
export function recordGrant(tx: Transaction, { clusterId, actor, action, id, details }: GrantRecord): void {
  audit.append(tx, { clusterId, actor, action, target: `ssh-grant:${id}`, details });
  events.append(tx, { type: 'access.grant', clusterId, data: { grantId: id, action, ...details } });
}
