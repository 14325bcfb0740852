import { Injectable } from '@nestjs/common';
import type { Cluster, createClusterSchema, deleteClusterSchema, pageQuerySchema } from '@asterism/contracts';
import { audit, clusters, events } from '@asterism/persistence';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import { clustersWith } from '../auth/principal.ts';
import { ProblemError } from '../http/problem-error.ts';
import { naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

export type PageQuery = z.output<typeof pageQuerySchema>;
export type CreateCluster = z.output<typeof createClusterSchema>;
export type DeleteCluster = z.output<typeof deleteClusterSchema>;

@Injectable()
export class ClustersService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(caller: Caller, query: PageQuery) {
    const visible = clustersWith(caller.principal, 'clusters.read');
    return clusters.list(this.#platform.database.queries, visible, query);
  }

  create(caller: Caller, request: CreateCluster): Promise<Cluster> {
    const { database, clusterRoots } = this.#platform;
    if (request.keys.mode === 'external' || request.keys.constellation !== undefined) {
      throw new ProblemError('kek-provider-unknown', 'no such provider is configured');
    }
    const keys = { mode: 'managed', scheme: 'asterism' } as const;
    const id = database.newId();
    const secrets = clusterRoots.create(id);
    return naming({ 'already-exists': 'cluster-exists' }, () =>
      change(database, caller, async (tx) => {
        const cluster = await clusters.create(tx, { id, ...request, ...secrets, keys });
        const { name, clusterId, kubernetesMode } = cluster;
        audit.append(tx, {
          clusterId: id,
          actor: caller.principal.actor,
          action: 'cluster.created',
          target: `cluster:${id}`,
          details: { name, clusterId, kubernetesMode },
        });
        events.append(tx, { type: 'cluster.created', clusterId: id, data: { name } });
        return cluster;
      }),
    );
  }

  update(
    caller: Caller,
    cluster: Cluster,
    revision: number,
    request: { description: string },
  ): Promise<Cluster> {
    return naming({ 'not-found': 'cluster-unknown', 'revision-stale': 'precondition-failed' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const updated = await clusters.update(tx, cluster.id, revision, request);
        audit.append(tx, {
          clusterId: cluster.id,
          actor: caller.principal.actor,
          action: 'cluster.updated',
          target: `cluster:${cluster.id}`,
          details: { description: updated.description, revision: updated.revision },
        });
        events.append(tx, {
          type: 'cluster.updated',
          clusterId: cluster.id,
          data: { name: updated.name, revision: updated.revision },
        });
        return updated;
      }),
    );
  }

  async remove(caller: Caller, cluster: Cluster, request: DeleteCluster): Promise<void> {
    if (request.confirm !== cluster.name) {
      throw new ProblemError('confirmation-mismatch', '`confirm` is not the name of this cluster');
    }
    await naming({ 'not-found': 'cluster-unknown', 'not-empty': 'cluster-not-empty' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        await clusters.remove(tx, cluster.id);
        audit.append(tx, {
          clusterId: cluster.id,
          actor: caller.principal.actor,
          action: 'cluster.deleted',
          target: `cluster:${cluster.id}`,
          details: { name: cluster.name, clusterId: cluster.clusterId },
        });
        events.append(tx, { type: 'cluster.deleted', clusterId: cluster.id, data: { name: cluster.name } });
      }),
    );
    this.#platform.clusterRoots.forget(cluster.id);
  }
}
