import { Injectable } from '@nestjs/common';
import type { Cluster, Rewrap } from '@asterism/contracts';
import { audit, dataKeys, events, rewraps, type Transaction } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

/** Wrapping every data key of a cluster anew, which `RewrapWorker` does. */
@Injectable()
export class RewrapsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, query: PageQuery) {
    return rewraps.list(this.#platform.database.queries, cluster.id, query);
  }

  async read(cluster: Cluster, id: string): Promise<Rewrap> {
    return this.#find(await rewraps.find(this.#platform.database.queries, cluster.id, id));
  }

  create(caller: Caller, cluster: Cluster, { provider }: { provider: string }): Promise<Rewrap> {
    const { database, kek } = this.#platform;
    if (cluster.keys.mode !== 'external') {
      throw new ProblemError(
        'key-mode-conflict',
        'keys of a managed cluster are derived: nothing wraps them',
      );
    }
    if (!kek.providers.has(provider)) {
      throw new ProblemError('kek-provider-unknown', 'no such provider is configured');
    }
    return naming({ 'already-exists': 'rewrap-running' }, () =>
      change(database, caller, async (tx) => {
        await rewraps.lockCluster(tx, cluster.id);
        const selection = { provider, before: tx.now, after: null };
        const total = await dataKeys.countOutdated(tx.queries, cluster.id, selection);
        const { actor } = caller.principal;
        const rewrap = await rewraps.create(tx, cluster.id, { provider, total, requestedBy: actor });
        recordRewrap(tx, actor, rewrap, 'rewrap.started');
        return rewrap;
      }),
    );
  }

  /** What was wrapped anew stays so. */
  cancel(caller: Caller, cluster: Cluster, id: string): Promise<Rewrap> {
    return change(this.#platform.database, caller, async (tx) => {
      const { state } = this.#find(await rewraps.find(tx.queries, cluster.id, id));
      if (!(await rewraps.cancel(tx, cluster.id, id))) {
        throw new ProblemError('key-state-conflict', `this rewrap is ${state}`);
      }
      const rewrap = this.#find(await rewraps.find(tx.queries, cluster.id, id));
      recordRewrap(tx, caller.principal.actor, rewrap, 'rewrap.cancelled');
      return rewrap;
    });
  }

  #find(rewrap: Rewrap | undefined): Rewrap {
    return found(rewrap, 'rewrap-unknown', 'no such rewrap in this cluster');
  }
}

type Progress = Pick<Rewrap, 'id' | 'clusterId' | 'provider' | 'state' | 'total' | 'done' | 'reason'>;

/** Its beginning and its end are in the audit trail, and go to whoever follows. */
export function recordRewrap(tx: Transaction, actor: string, rewrap: Progress, action: string): void {
  const { id, clusterId, provider, total, done } = rewrap;
  audit.append(tx, {
    clusterId,
    actor,
    action,
    target: `rewrap:${id}`,
    details: { provider, total, done },
  });
  announceRewrap(tx, rewrap);
}

export function announceRewrap(tx: Transaction, { id, clusterId, ...data }: Progress): void {
  const { provider, state, total, done, reason } = data;
  events.append(tx, {
    type: 'rewrap.progress',
    clusterId,
    data: { rewrapId: id, provider, state, total, done, reason },
  });
}
