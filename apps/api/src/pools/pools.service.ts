import { Injectable } from '@nestjs/common';
import type { Cluster, CreatePool, Pool } from '@asterism/contracts';
import { audit, events, pools, type Queries } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

/** @throws ProblemError `pool-unknown` */
export async function findPool(queries: Queries, cluster: Cluster, idOrName: string): Promise<Pool> {
  return found(
    await pools.find(queries, cluster.id, idOrName),
    'pool-unknown',
    'no such pool in this cluster',
  );
}

@Injectable()
export class PoolsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, query: PageQuery) {
    return pools.list(this.#platform.database.queries, cluster.id, query);
  }

  read(cluster: Cluster, pool: string): Promise<Pool> {
    return findPool(this.#platform.database.queries, cluster, pool);
  }

  create(caller: Caller, cluster: Cluster, request: CreatePool): Promise<Pool> {
    return naming({ 'already-exists': 'pool-exists' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const pool = await pools.create(tx, cluster.id, request);
        const { id, name, role, variant } = pool;
        audit.append(tx, {
          clusterId: cluster.id,
          actor: caller.principal.actor,
          action: 'pool.created',
          target: `pool:${id}`,
          details: { name, role, variant },
        });
        events.append(tx, { type: 'pool.created', clusterId: cluster.id, data: { poolId: id, name } });
        return pool;
      }),
    );
  }

  update(
    caller: Caller,
    cluster: Cluster,
    pool: string,
    revision: number,
    request: { description: string },
  ): Promise<Pool> {
    return naming({ 'not-found': 'pool-unknown', 'revision-stale': 'precondition-failed' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const { id } = await findPool(tx.queries, cluster, pool);
        const updated = await pools.update(tx, cluster.id, id, revision, request);
        audit.append(tx, {
          clusterId: cluster.id,
          actor: caller.principal.actor,
          action: 'pool.updated',
          target: `pool:${id}`,
          details: { description: updated.description, revision: updated.revision },
        });
        events.append(tx, {
          type: 'pool.updated',
          clusterId: cluster.id,
          data: { poolId: id, name: updated.name, revision: updated.revision },
        });
        return updated;
      }),
    );
  }

  remove(caller: Caller, cluster: Cluster, pool: string): Promise<void> {
    return naming({ 'not-found': 'pool-unknown', 'not-empty': 'pool-not-empty' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const { id, name } = await findPool(tx.queries, cluster, pool);
        await pools.remove(tx, cluster.id, id);
        audit.append(tx, {
          clusterId: cluster.id,
          actor: caller.principal.actor,
          action: 'pool.deleted',
          target: `pool:${id}`,
          details: { name },
        });
        events.append(tx, {
          type: 'pool.updated',
          clusterId: cluster.id,
          data: { poolId: id, name, deleted: true },
        });
      }),
    );
  }
}
