import { toBase64url } from '@asterism/bytes';
import type { PolicyDocument, Ticket } from '@asterism/contracts';
import { measurementSecretOf, schemeOf, wipe } from '@asterism/keys';
import type { joins, TicketParameters } from '@asterism/persistence';
import type { DataKeys } from '../keys/data-keys.ts';
import type { ClusterRoots } from '../platform/cluster-roots.ts';

export interface TicketOrder {
  readonly target: joins.JoinTarget;
  readonly node: { readonly id: string; readonly name: string };
  readonly parameters: TicketParameters;
  readonly policy: PolicyDocument;
  readonly expiresAt: Date;
}

/** What the secrets of a ticket come from. */
export interface TicketSecrets {
  readonly clusterRoots: ClusterRoots;
  readonly dataKeys: DataKeys;
}

/**
 * Makes a ticket (protocol §6) from the records of a grant. It is stored nowhere, and the same grant gives the same ticket.
 * @throws ProblemError `sealed`, `cluster-unknown`, `kek-undecided`
 */
export async function makeTicket(
  { clusterRoots, dataKeys }: TicketSecrets,
  order: TicketOrder,
): Promise<Ticket> {
  const { target, node, parameters, policy, expiresAt } = order;
  const { keys, measurementSalt } = await clusterRoots.open(target.clusterId);
  const { diskId: id, keyVersion, nextKeyVersion, format, kdf, epoch, acceptedEpoch } = parameters;
  const cluster = { id: target.clusterId, mode: target.keyMode };
  const keyOf = async (version: number) => {
    const key = await dataKeys.read(cluster, { purpose: 'state-disk', id, version });
    const text = toBase64url(key);
    wipe(key);
    return text;
  };
  return {
    kind: parameters.kind,
    node: { id: node.id, name: node.name, role: target.role, pool: target.poolName },
    cluster: {
      id: target.clusterId,
      name: target.clusterName,
      clusterId: target.measuredId,
      scheme: target.keyScheme,
      measurementSalt: toBase64url(measurementSalt),
      measurementSecret: toBase64url(measurementSecretOf(keys)),
    },
    stateDisk: {
      id,
      key: await keyOf(keyVersion),
      version: keyVersion,
      scheme:
        target.keyMode === 'managed'
          ? schemeOf(keys, { purpose: 'state-disk', id, version: keyVersion })
          : 'asterism',
      format,
      kdf,
      epoch,
      acceptedEpoch,
      next: nextKeyVersion === null ? null : { key: await keyOf(nextKeyVersion), version: nextKeyVersion },
    },
    policy: { version: parameters.policyVersion, reattestationInterval: policy.reattestationInterval },
    expiresAt: expiresAt.toISOString(),
  };
}
