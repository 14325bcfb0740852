import { Injectable } from '@nestjs/common';
import type { ApproveSshGrant, Cluster, CreateSshGrant, SshGrant, SshGrantState } from '@asterism/contracts';
import {
  access,
  accessUsers,
  nodes,
  pools,
  sshGrants,
  sshRevokedKeys,
  type PageQuery,
  type Transaction,
} from '@asterism/persistence';
import { fingerprintOf, formatPublicKey, parsePublicKey, SshError, type SshPublicKey } from '@asterism/ssh';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { endGrants, recordGrant } from './end-grants.ts';
import { endOfGrant, judgeRequest, type WantedNode } from './judge-request.ts';
import { personOf } from './person-of.ts';
import { requireStanding } from './require-standing.ts';

type GrantsQuery = PageQuery & {
  readonly state?: SshGrantState | undefined;
  readonly user?: string | undefined;
};

/** Who, as whom, where, how long and why: asked for, decided by a second person where the policy says so, and ended. */
@Injectable()
export class SshGrantsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, query: GrantsQuery) {
    return sshGrants.list(this.#platform.database.queries, cluster.id, query);
  }

  async read(cluster: Cluster, id: string): Promise<SshGrant> {
    return requireGrant(await sshGrants.find(this.#platform.database.queries, cluster.id, id));
  }

  create(caller: Caller, cluster: Cluster, request: CreateSshGrant): Promise<SshGrant> {
    const key = readKey(request.publicKey);
    const fingerprint = fingerprintOf(key);
    return change(this.#platform.database, caller, async (tx) => {
      const { policy } = await access.lock(tx, cluster.id);
      const node = request.node === null ? null : await findNode(tx, cluster, request.node);
      const judged = judgeRequest(request, {
        ...{ policy, node, now: tx.now },
        declared: await accessUsers.findByKey(tx.queries, cluster.id, fingerprint),
        keyIsRevoked: (await sshRevokedKeys.find(tx.queries, cluster.id, fingerprint)) !== undefined,
        pools: await pools.listNames(tx.queries, cluster.id),
      });
      const { user, state, seconds, expiresAt } = judged;
      const { principal } = caller;
      const grant = await sshGrants.create(tx, cluster.id, {
        ...{ userName: user, principal: request.principal, nodeId: node?.id ?? null, pools: judged.pools },
        ...{ publicKey: formatPublicKey({ ...key, comment: '' }), fingerprint, reason: request.reason },
        ...{ sourceAddresses: request.sourceAddresses, forceCommand: request.forceCommand },
        ...{ seconds, state, expiresAt, requestedBy: principal.actor, requesterName: principal.name },
        requesterPerson: await personOf(tx.queries, principal),
      });
      recordGrant(tx, {
        ...{ clusterId: cluster.id, actor: principal.actor, id: grant.id },
        action: state === 'waiting' ? 'ssh-grant.requested' : 'ssh-grant.given',
        details: {
          user,
          principal: grant.principal,
          fingerprint,
          reason: grant.reason,
          seconds,
          ...placeOf(grant),
        },
      });
      return grant;
    });
  }

  approve(
    caller: Caller,
    cluster: Cluster,
    id: string,
    { fingerprint, reason }: ApproveSshGrant,
  ): Promise<SshGrant> {
    return this.#decide(caller, cluster, id, async (tx, grant) => {
      if (fingerprint !== grant.fingerprint) {
        throw new ProblemError('confirmation-mismatch', 'the fingerprint is not that of the grant’s key');
      }
      const user = await requireStanding(tx, cluster.id, grant);
      const expiresAt = endOfGrant(tx.now, grant.seconds, user.expiresAt);
      return { state: 'active', decisionReason: reason, expiresAt };
    });
  }

  deny(caller: Caller, cluster: Cluster, id: string, reason: string): Promise<SshGrant> {
    return this.#decide(caller, cluster, id, (_, { expiresAt }) =>
      Promise.resolve({ state: 'denied', decisionReason: reason, expiresAt: new Date(expiresAt) }),
    );
  }

  end(caller: Caller, cluster: Cluster, id: string, reason: string): Promise<SshGrant> {
    const { actor } = caller.principal;
    return change(this.#platform.database, caller, async (tx) => {
      await access.lock(tx, cluster.id);
      const { state } = requireGrant(await sshGrants.find(tx.queries, cluster.id, id));
      if ((await endGrants(tx, cluster.id, { id }, { actor, reason })) === 0) {
        throw new ProblemError('ssh-grant-conflict', `this grant is ${state}`);
      }
      await access.bump(tx, cluster.id);
      return requireGrant(await sshGrants.find(tx.queries, cluster.id, id));
    });
  }

  #decide(
    caller: Caller,
    cluster: Cluster,
    id: string,
    judge: (tx: Transaction, grant: sshGrants.HeldGrant) => Promise<Omit<sshGrants.Decision, 'decidedBy'>>,
  ): Promise<SshGrant> {
    const { principal } = caller;
    return change(this.#platform.database, caller, async (tx) => {
      await access.lock(tx, cluster.id);
      const grant = requireGrant(await sshGrants.lock(tx, cluster.id, id));
      if (grant.state !== 'waiting' || Date.parse(grant.expiresAt) <= tx.now.getTime()) {
        throw new ProblemError('ssh-grant-conflict', 'this grant does not wait for a decision');
      }
      if ((await personOf(tx.queries, principal)) === grant.requesterPerson) {
        throw new ProblemError('ssh-second-person', 'whoever asked does not decide: a second person does');
      }
      const decision = await judge(tx, grant);
      await sshGrants.decide(tx, cluster.id, id, { ...decision, decidedBy: principal.actor });
      recordGrant(tx, {
        ...{ clusterId: cluster.id, actor: principal.actor, id },
        action: decision.state === 'active' ? 'ssh-grant.approved' : 'ssh-grant.denied',
        details: {
          ...{ user: grant.user, principal: grant.principal, fingerprint: grant.fingerprint },
          reason: decision.decisionReason,
        },
      });
      return requireGrant(await sshGrants.find(tx.queries, cluster.id, id));
    });
  }
}

export function requireGrant<Grant>(grant: Grant | undefined): Grant {
  return found(grant, 'ssh-grant-unknown', 'no such grant in this cluster');
}

/** @throws ProblemError `ssh-public-key-invalid` */
function readKey(line: string): SshPublicKey {
  try {
    return parsePublicKey(line);
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause;
    throw new ProblemError('ssh-public-key-invalid', cause.message, {
      errors: [{ path: 'body.publicKey', message: cause.message }],
      cause,
    });
  }
}

async function findNode(tx: Transaction, cluster: Cluster, idOrName: string): Promise<WantedNode> {
  const { id, poolName, state } = found(
    await nodes.find(tx.queries, cluster.id, idOrName),
    'node-unknown',
    'no such node in this cluster',
  );
  return { id, pool: poolName, state };
}

function placeOf({ node, pools: of }: SshGrant): { node: string } | { pools: string[] } {
  return node === null ? { pools: of } : { node: node.name };
}
