import { Injectable } from '@nestjs/common';
import type {
  Appraisal,
  Cluster,
  Node,
  NodeState,
  revokeNodeSchema,
  StoredEvidence,
} from '@asterism/contracts';
import {
  access,
  appraisals,
  audit,
  events,
  evidence,
  nodes,
  type Queries,
  type Transaction,
} from '@asterism/persistence';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { NodeInterrogator } from '../platform/node-interrogator.ts';
import { Platform } from '../platform/platform.ts';
import { endGrants } from '../ssh-grants/end-grants.ts';
import { findPool } from '../pools/pools.service.ts';

export type NodeQuery = PageQuery & {
  readonly pool?: string | undefined;
  readonly state?: NodeState | undefined;
};
export type Revocation = z.output<typeof revokeNodeSchema>;

/** @throws ProblemError `node-unknown` */
export async function findNode(queries: Queries, cluster: Cluster, idOrName: string): Promise<Node> {
  return found(
    await nodes.find(queries, cluster.id, idOrName),
    'node-unknown',
    'no such node in this cluster',
  );
}

@Injectable()
export class NodesService {
  readonly #platform: Platform;
  readonly #interrogator: NodeInterrogator;

  constructor(platform: Platform, interrogator: NodeInterrogator) {
    this.#platform = platform;
    this.#interrogator = interrogator;
  }

  async list(cluster: Cluster, { pool, state, ...query }: NodeQuery) {
    const { queries } = this.#platform.database;
    const poolId = pool === undefined ? undefined : (await findPool(queries, cluster, pool)).id;
    return nodes.list(queries, cluster.id, { poolId, state }, query);
  }

  read(cluster: Cluster, node: string): Promise<Node> {
    return findNode(this.#platform.database.queries, cluster, node);
  }

  async evidence(cluster: Cluster, node: string): Promise<StoredEvidence> {
    const { queries } = this.#platform.database;
    const { id } = await findNode(queries, cluster, node);
    return found(
      await evidence.findOfNode(queries, cluster.id, id),
      'node-unknown',
      'no evidence of this node is stored',
    );
  }

  async appraisals(cluster: Cluster, node: string, query: PageQuery) {
    const { queries } = this.#platform.database;
    const { id } = await findNode(queries, cluster, node);
    return appraisals.listOfNode(queries, cluster.id, id, query);
  }

  async attest(caller: Caller, cluster: Cluster, node: string): Promise<Appraisal> {
    const target = await findNode(this.#platform.database.queries, cluster, node);
    return this.#interrogator.reattest(cluster, target, caller.principal.actor);
  }

  quarantine(caller: Caller, cluster: Cluster, node: string, request: { reason: string }): Promise<Node> {
    return this.#move(caller, cluster, node, 'quarantined', request.reason);
  }

  release(caller: Caller, cluster: Cluster, node: string, request: { reason: string }): Promise<Node> {
    return this.#move(caller, cluster, node, 'attesting', request.reason);
  }

  revoke(caller: Caller, cluster: Cluster, node: string, request: Revocation): Promise<Node> {
    const { actor } = caller.principal;
    return naming({ 'not-found': 'node-unknown', 'transition-refused': 'node-state-conflict' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const before = await findNode(tx.queries, cluster, node);
        if (request.confirm !== before.name) {
          throw new ProblemError('confirmation-mismatch', '`confirm` is not the name of this node');
        }
        // First, as whoever makes a grant does: neither then waits for the other.
        await access.lock(tx, cluster.id);
        await nodes.revoke(tx, cluster.id, before.id, { by: actor, reason: request.reason });
        const ending = { actor, reason: `the node was revoked: ${request.reason}` };
        if ((await endGrants(tx, cluster.id, { nodeId: before.id }, ending)) > 0) {
          await access.bump(tx, cluster.id);
        }
        return this.#recordMove(tx, caller, cluster, before, 'node.revoked', request.reason);
      }),
    );
  }

  #move(
    caller: Caller,
    cluster: Cluster,
    node: string,
    to: 'quarantined' | 'attesting',
    reason: string,
  ): Promise<Node> {
    const released = to === 'attesting';
    return change(this.#platform.database, caller, async (tx) => {
      const before = await findNode(tx.queries, cluster, node);
      const moved = await nodes.changeState(tx, cluster.id, before.id, {
        to,
        reason: released ? null : reason,
        ...(released ? { from: ['quarantined'] } : {}),
      });
      if (!moved) {
        throw new ProblemError(
          'node-state-conflict',
          `the node is ${before.state} and cannot be ${released ? 'released' : to}`,
        );
      }
      return this.#recordMove(
        tx,
        caller,
        cluster,
        before,
        released ? 'node.released' : 'node.quarantined',
        reason,
      );
    });
  }

  async #recordMove(
    tx: Transaction,
    caller: Caller,
    cluster: Cluster,
    before: Node,
    action: string,
    reason: string,
  ): Promise<Node> {
    const after = await findNode(tx.queries, cluster, before.id);
    audit.append(tx, {
      clusterId: cluster.id,
      actor: caller.principal.actor,
      action,
      target: `node:${before.id}`,
      details: { name: before.name, identity: before.identity, from: before.state, to: after.state, reason },
    });
    events.append(tx, {
      type: 'node.state',
      clusterId: cluster.id,
      data: {
        nodeId: before.id,
        name: before.name,
        from: before.state,
        state: after.state,
        reason: after.stateReason,
      },
    });
    return after;
  }
}
