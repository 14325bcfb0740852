import { connections, events, inTransaction, nodes, type Database } from '@asterism/persistence';
import { changeNodeState } from '../attestation/appraisal-records.ts';
import type { NodeStreams } from './node-streams.ts';

export interface LostNodesOptions {
  readonly database: Database;
  /** Those of this replica: they are noted again before anybody is called lost. */
  readonly streams: Pick<NodeStreams, 'reassert'>;
  readonly replicaId: string;
  /** Milliseconds without a stream until a node counts as lost. */
  readonly grace: number;
  /** Milliseconds without a beat until a replica counts as dead. */
  readonly silence: number;
}

const PAGE = 1_000;

/**
 * Notices nodes that nobody holds a stream of. Lost says that nobody knows, which is not that anything is wrong (S35):
 * only a live state becomes `lost`, and the node is what it was when it is heard again.
 */
export class LostNodes {
  readonly #options: LostNodesOptions;
  /** When each was first seen without a stream, by this replica. */
  readonly #since = new Map<string, number>();

  constructor(options: LostNodesOptions) {
    this.#options = options;
  }

  /** Called every second or so. */
  async look(): Promise<void> {
    const { database, streams, replicaId, silence, grace } = this.#options;
    const now = database.clock();
    await connections.beat(database.queries, replicaId, now);
    await this.#reap(new Date(now.getTime() - silence));
    await streams.reassert();
    const unconnected = await nodes.listUnconnected(database.queries, PAGE);
    const ids = new Set(unconnected.map(({ id }) => id));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    for (const node of unconnected) {
      const since = this.#since.get(node.id) ?? now.getTime();
      this.#since.set(node.id, since);
      if (now.getTime() - since >= grace) await this.#lose(node);
    }
  }

  async #reap(before: Date): Promise<void> {
    await inTransaction(this.#options.database, async (tx) => {
      for (const { clusterId, nodeId } of await connections.reap(tx, before)) {
        events.append(tx, { type: 'node.disconnected', clusterId, data: { nodeId } });
      }
    });
  }

  async #lose({
    id,
    clusterId,
    state,
  }: Awaited<ReturnType<typeof nodes.listUnconnected>>[number]): Promise<void> {
    await inTransaction(this.#options.database, (tx) =>
      changeNodeState(tx, clusterId, id, {
        to: 'lost',
        reason: `no stream for ${Math.round(this.#options.grace / 1_000)} s`,
        actor: 'system',
        from: [state],
      }),
    );
    this.#since.delete(id);
  }
}
