import type { Cluster, CreatedRecoverySet, CreateRecoverySet, RecoverySet } from '@asterism/contracts';
import { wipe } from '@asterism/keys';
import { createRecoverySet } from '@asterism/keys/recovery';
import { audit, events, recoverySets, type Page } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { toRecoveryProblem } from './recovery-problems.ts';

/** Sets of shares: of the API's KEK, and of the root of each cluster. */
@Injectable()
export class RecoverySetsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster | null, query: PageQuery): Promise<Page<RecoverySet>> {
    return recoverySets.list(this.#platform.database.queries, cluster?.id ?? null, query);
  }

  /** The set before is superseded in the same commit. @throws ProblemError `sealed`, `request-invalid` */
  async create(
    caller: Caller,
    cluster: Cluster | null,
    request: CreateRecoverySet,
  ): Promise<CreatedRecoverySet> {
    const { database, sealing, clusterRoots } = this.#platform;
    const { threshold, recipients, reason } = request;
    const { kek } = sealing;
    const secret = cluster === null ? kek.slice() : await clusterRoots.readRoot(cluster.id);
    const id = database.newId();
    const scope =
      cluster === null
        ? ({ kind: 'platform' } as const)
        : ({ kind: 'cluster', id: cluster.id, name: cluster.name } as const);
    const { commitment, shares } = await createRecoverySet({
      secret,
      scope,
      setId: id,
      threshold,
      recipients,
    })
      .catch((cause: unknown) => {
        throw toRecoveryProblem(cause);
      })
      .finally(() => wipe(secret));
    const clusterId = cluster?.id ?? null;
    const { actor } = caller.principal;
    return change(database, caller, async (tx) => {
      if (cluster === null) await sealing.keep(tx, kek);
      const stored = shares.map(({ index, name, recipient, shareHash }) => ({
        index,
        name,
        recipient,
        shareHash,
      }));
      const { set, superseded } = await recoverySets.create(tx, {
        id,
        clusterId,
        threshold,
        commitment,
        createdBy: actor,
        shares: stored,
      });
      audit.append(tx, {
        clusterId,
        actor,
        action: 'recovery.issued',
        target: `recovery-set:${id}`,
        details: {
          threshold,
          recipients: recipients.map(({ name, recipient }) => ({ name, recipient })),
          superseded,
          reason,
        },
      });
      events.append(tx, { type: 'recovery.issued', clusterId, data: { set: id, scope: scope.kind } });
      return {
        set,
        shares: shares.map(({ index, name, recipient, encrypted }) => ({
          index,
          name,
          recipient,
          encrypted,
        })),
      };
    });
  }
}
