import type { AccessUser, SshGrant } from '@asterism/contracts';
import { accessUsers, nodes, sshRevokedKeys, type Transaction } from '@asterism/persistence';
import { grantStands } from '../access/grant-stands.ts';
import { ProblemError } from '../http/problem-error.ts';

/**
 * The user of a grant, who must be declared now as the grant has it. Changes of what is declared end grants in the same
 * transaction; this is what holds where time has passed, or a key or a node was revoked.
 * @throws ProblemError `ssh-grant-conflict`
 */
export async function requireStanding(
  tx: Transaction,
  clusterId: string,
  grant: SshGrant,
): Promise<AccessUser> {
  const { user: name, fingerprint, node } = grant;
  const declared = await accessUsers.find(tx.queries, clusterId, name);
  const place = node === null ? undefined : await nodes.find(tx.queries, clusterId, node.id);
  const standing =
    declared !== undefined &&
    !declared.expired &&
    (declared.user.expiresAt === null || Date.parse(declared.user.expiresAt) > tx.now.getTime()) &&
    (node === null || (place !== undefined && place.state !== 'revoked')) &&
    grantStands({ ...grant, nodeId: node?.id ?? null, nodePool: place?.poolName ?? null }, declared.user) &&
    (await sshRevokedKeys.find(tx.queries, clusterId, fingerprint)) === undefined;
  if (!standing)
    throw new ProblemError('ssh-grant-conflict', 'what this grant rests on is not declared any more');
  return declared.user;
}
