import { Injectable } from '@nestjs/common';
import type { AcceptRollback, Cluster, StateDisk } from '@asterism/contracts';
import { audit, stateDisks } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

@Injectable()
export class StateDisksService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, query: PageQuery) {
    return stateDisks.list(this.#platform.database.queries, cluster.id, query);
  }

  /** Takes a disk that was seen to be an older copy, this copy and no other, at one boot. */
  acceptRollback(
    caller: Caller,
    cluster: Cluster,
    id: string,
    { epoch, confirm, reason }: AcceptRollback,
  ): Promise<StateDisk> {
    if (confirm !== id) {
      throw new ProblemError('confirmation-mismatch', '`confirm` is not the id of this disk');
    }
    return change(this.#platform.database, caller, async (tx) => {
      const read = async () =>
        found(
          await stateDisks.lock(tx, cluster.id, id),
          'state-disk-unknown',
          'no such state disk in this cluster',
        );
      const { fault } = await read();
      if (fault?.code !== 'state-disk-rolled-back' || fault.epoch !== epoch) {
        throw new ProblemError('rollback-none', 'this disk was not reported to show this older epoch');
      }
      await stateDisks.change(tx, cluster.id, id, { acceptedEpoch: epoch });
      audit.append(tx, {
        clusterId: cluster.id,
        actor: caller.principal.actor,
        action: 'state-disk.rollback-accepted',
        target: `state-disk:${id}`,
        details: { epoch, reason },
      });
      return read();
    });
  }
}
