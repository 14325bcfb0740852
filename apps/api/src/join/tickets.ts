import { toBase64url } from '@asterism/bytes';
import type { PolicyDocument, Ticket } from '@asterism/contracts';
import { derive, measurementSecretOf } from '@asterism/keys';
import type { joins, TicketParameters } from '@asterism/persistence';
import type { ClusterRoots } from '../platform/cluster-roots.ts';

export interface TicketOrder {
  readonly target: joins.JoinTarget;
  readonly node: { readonly id: string; readonly name: string };
  readonly parameters: TicketParameters;
  readonly policy: PolicyDocument;
  readonly expiresAt: Date;
}

const KEY_LENGTH = 32;

/**
 * Makes a ticket (protocol §6) from the records of a grant. Its secrets are derived each time and stored nowhere, so
 * the same grant gives the same ticket.
 * @throws ProblemError `sealed`, `cluster-unknown`
 */
export async function makeTicket(clusterRoots: ClusterRoots, order: TicketOrder): Promise<Ticket> {
  const { target, node, parameters, policy, expiresAt } = order;
  const { root, measurementSalt } = await clusterRoots.open(target.clusterId);
  const { diskId, keyVersion: version, nextKeyVersion, format, kdf, epoch, acceptedEpoch } = parameters;
  const keyOf = (keyVersion: number) =>
    toBase64url(derive(root, { purpose: 'state-disk', id: diskId, version: keyVersion }, KEY_LENGTH));
  return {
    kind: parameters.kind,
    node: { id: node.id, name: node.name, role: target.role, pool: target.poolName },
    cluster: {
      id: target.clusterId,
      name: target.clusterName,
      clusterId: target.measuredId,
      scheme: target.keyScheme,
      measurementSalt: toBase64url(measurementSalt),
      measurementSecret: toBase64url(measurementSecretOf(root)),
    },
    stateDisk: {
      id: diskId,
      key: keyOf(version),
      version,
      scheme: target.keyScheme,
      format,
      kdf,
      epoch,
      acceptedEpoch,
      next: nextKeyVersion === null ? null : { key: keyOf(nextKeyVersion), version: nextKeyVersion },
    },
    policy: { version: parameters.policyVersion, reattestationInterval: policy.reattestationInterval },
    expiresAt: expiresAt.toISOString(),
  };
}
