import type { NodeEvent, StateDisk } from '@asterism/contracts';
import { inTransaction, stateDisks, type Database, type StateDiskFault } from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { recordFault } from '../join/disk-report.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';

/** Of one node in ten minutes: the audit trail belongs to the cluster, and is not one node's to fill. */
const TAKEN = 20;
const WINDOW_S = 600;

/** `POST /agent/v1/node-events`: what a node says of its own disk. */
export class NodeEvents {
  readonly #database: Database;
  readonly #taken = new RefusalBudget(TAKEN);

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ProblemError `node-not-locked`, `state-disk-not-owned`, `node-state-conflict`, `rate-limited` */
  async take(peer: MemberPeer, event: NodeEvent): Promise<void> {
    requireLocked(peer);
    const { member, attested } = peer;
    const database = this.#database;
    if (!this.#taken.spend(member.id, database.clock())) {
      throw new ProblemError('rate-limited', 'this node has reported too much', { retryAfter: WINDOW_S });
    }
    const { clusterId } = attested.target;
    await inTransaction(database, async (tx) => {
      const disk = await stateDisks.lockOfNode(tx, clusterId, member.id, event.diskId);
      if (disk === undefined) {
        throw new ProblemError('state-disk-not-owned', 'this node reports its own state disk only');
      }
      const fault = { ...toFault(event, disk), at: tx.now.toISOString() };
      if (fault.code === disk.fault?.code && fault.detail === disk.fault.detail) return;
      await stateDisks.change(tx, clusterId, event.diskId, { fault });
      recordFault(tx, { clusterId, nodeId: member.id }, event.diskId, fault);
    });
  }
}

/** @throws ProblemError `node-state-conflict` for what cannot be */
function toFault(event: NodeEvent, { epoch: recorded }: StateDisk): Omit<StateDiskFault, 'at'> {
  switch (event.type) {
    case 'state-disk-rolled-back': {
      const { type: code, epoch } = event;
      if (epoch >= recorded) {
        throw new ProblemError(
          'node-state-conflict',
          `epoch ${epoch} is not before ${recorded} of the record`,
        );
      }
      return { code, epoch, detail: `the disk shows epoch ${epoch}, the record ${recorded}` };
    }
    case 'state-disk-io-error':
      return {
        code: event.type,
        epoch: null,
        detail: `${event.errors} integrity errors since it was opened`,
      };
    case 'state-disk-refused':
      return { code: event.type, epoch: null, detail: event.code };
  }
}
