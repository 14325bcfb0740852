import { Injectable } from '@nestjs/common';
import type {
  Cluster,
  ClusterKeys,
  createClusterSchema,
  deleteClusterSchema,
  pageQuerySchema,
} from '@asterism/contracts';
import { audit, clusters, dataKeys, events, keys, type Transaction } from '@asterism/persistence';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import { clustersWith } from '../auth/principal.ts';
import { ProblemError } from '../http/problem-error.ts';
import { naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import type { NewClusterSecrets } from '../platform/cluster-roots.ts';
import { Platform } from '../platform/platform.ts';

export type PageQuery = z.output<typeof pageQuerySchema>;
export type CreateCluster = z.output<typeof createClusterSchema>;
export type DeleteCluster = z.output<typeof deleteClusterSchema>;

interface NewKeys {
  readonly keys: ClusterKeys;
  readonly secrets: NewClusterSecrets;
  /** LUKS UUIDs of volumes that keep the keys they had. */
  readonly volumes: readonly string[];
}

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
    const { database, sealing } = this.#platform;
    const { kek } = sealing;
    const id = database.newId();
    const { keys, secrets, volumes } = this.#makeKeys(id, request.keys);
    return naming({ 'already-exists': 'cluster-exists' }, () =>
      change(database, caller, async (tx) => {
        await sealing.keep(tx, kek);
        const cluster = await clusters.create(tx, { id, ...request, ...secrets, keys });
        for (const volume of volumes) await addVolume(tx, id, volume);
        const { name, clusterId, kubernetesMode } = cluster;
        audit.append(tx, {
          clusterId: id,
          actor: caller.principal.actor,
          action: 'cluster.created',
          target: `cluster:${id}`,
          details: { name, clusterId, kubernetesMode, keys: { ...keys }, volumes: volumes.length },
        });
        events.append(tx, { type: 'cluster.created', clusterId: id, data: { name } });
        return cluster;
      }),
    );
  }

  #makeKeys(id: string, wanted: CreateCluster['keys']): NewKeys {
    const { clusterRoots, kek } = this.#platform;
    if (wanted.mode === 'external') {
      const { provider } = wanted;
      if (!kek.providers.has(provider)) {
        throw new ProblemError('kek-provider-unknown', 'no such provider is configured');
      }
      const secrets = clusterRoots.create(id);
      return { keys: { mode: 'external', scheme: 'asterism', provider }, secrets, volumes: [] };
    }
    const { constellation } = wanted;
    if (constellation === undefined) {
      const secrets = clusterRoots.create(id);
      return { keys: { mode: 'managed', scheme: 'asterism' }, secrets, volumes: [] };
    }
    return {
      keys: { mode: 'managed', scheme: 'constellation' },
      secrets: clusterRoots.import(id, constellation),
      volumes: [...new Set(constellation.volumes.map((uuid) => uuid.toLowerCase()))],
    };
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
        await dataKeys.destroyAll(tx, cluster.id);
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

/** A volume of the cluster that was taken over, for any member as it was there. */
function addVolume(tx: Transaction, clusterId: string, id: string): Promise<void> {
  return keys.add(tx, clusterId, { purpose: 'volume', id, version: 1, owner: 'cluster', imported: true });
}
