import { Injectable } from '@nestjs/common';
import type {
  Cluster,
  createPolicySchema,
  dryRunRequestSchema,
  Pool,
  PolicyVersion,
} from '@asterism/contracts';
import { audit, events, policies, pools, type Transaction } from '@asterism/persistence';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { findPool } from '../pools/pools.service.ts';

export type CreatePolicy = z.output<typeof createPolicySchema>;
export type DryRunRequest = z.output<typeof dryRunRequestSchema>;

/** A policy of another variant than the pool's could accept nothing, or the wrong thing (S06). */
export function requireVariant(pool: Pool, document: CreatePolicy['document']): void {
  if (document.variant === pool.variant) return;
  throw new ProblemError('policy-invalid', 'the policy is for another evidence variant than the pool', {
    errors: [{ path: 'body.document.variant', message: `got ${document.variant}, want ${pool.variant}` }],
  });
}

@Injectable()
export class PoliciesService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async list(cluster: Cluster, pool: string, query: PageQuery) {
    const { queries } = this.#platform.database;
    const { id } = await findPool(queries, cluster, pool);
    return policies.list(queries, cluster.id, id, query);
  }

  async read(cluster: Cluster, pool: string, version: number): Promise<PolicyVersion> {
    const { queries } = this.#platform.database;
    const { id } = await findPool(queries, cluster, pool);
    return found(
      await policies.find(queries, cluster.id, id, version),
      'policy-unknown',
      'no such version of this pool’s policy',
    );
  }

  create(caller: Caller, cluster: Cluster, pool: string, request: CreatePolicy): Promise<PolicyVersion> {
    return change(this.#platform.database, caller, async (tx) => {
      const found = await findPool(tx.queries, cluster, pool);
      requireVariant(found, request.document);
      const policy = await policies.create(tx, cluster.id, found.id, {
        ...request,
        createdBy: caller.principal.actor,
      });
      record(tx, caller, cluster, found, policy.version, 'policy.created');
      return policy;
    });
  }

  activate(
    caller: Caller,
    cluster: Cluster,
    pool: string,
    version: number,
    revision: number,
  ): Promise<PolicyVersion> {
    return naming({ 'not-found': 'policy-unknown' }, () =>
      change(this.#platform.database, caller, async (tx) =>
        activateIn(tx, caller, cluster, await findPool(tx.queries, cluster, pool), version, revision),
      ),
    );
  }

  rollback(caller: Caller, cluster: Cluster, pool: string, revision: number): Promise<PolicyVersion> {
    return naming({ 'not-found': 'policy-unknown' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const target = await findPool(tx.queries, cluster, pool);
        const previous = found(
          await policies.findPrevious(tx.queries, cluster.id, target.id),
          'policy-unknown',
          'no other version of this pool’s policy has been active',
        );
        return activateIn(tx, caller, cluster, target, previous.version, revision);
      }),
    );
  }
}

/** The pool's row is locked by `activate`; that its revision is the next one proves that nobody came in between. */
async function activateIn(
  tx: Transaction,
  caller: Caller,
  cluster: Cluster,
  pool: Pool,
  version: number,
  revision: number,
): Promise<PolicyVersion> {
  const policy = await policies.activate(tx, cluster.id, pool.id, version);
  const after = await pools.find(tx.queries, cluster.id, pool.id);
  if (after?.revision !== revision + 1) {
    throw new ProblemError('precondition-failed', 'the pool was changed meanwhile');
  }
  record(tx, caller, cluster, pool, version, 'policy.activated', pool.activePolicyVersion);
  return policy;
}

function record(
  tx: Transaction,
  caller: Caller,
  cluster: Cluster,
  pool: Pool,
  version: number,
  type: 'policy.created' | 'policy.activated',
  previous?: number | null,
): void {
  audit.append(tx, {
    clusterId: cluster.id,
    actor: caller.principal.actor,
    action: type,
    target: `pool:${pool.id}`,
    details: { version, ...(previous === undefined ? {} : { previous }) },
  });
  events.append(tx, {
    type,
    clusterId: cluster.id,
    data: { poolId: pool.id, poolName: pool.name, version },
  });
}
