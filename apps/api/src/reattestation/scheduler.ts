import type { Appraisal } from '@asterism/contracts';
import { nodes, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import type { Slots } from '../node/slots.ts';
import type { Logger } from '../platform/logger.ts';
import type { NodeStreams } from '../stream/node-streams.ts';
import type { EvidenceInquiries } from './evidence-inquiries.ts';

export interface ReattestationSchedulerDependencies {
  readonly database: Database;
  readonly inquiries: EvidenceInquiries;
  readonly streams: NodeStreams;
  readonly logger: Logger;
  /** How many nodes are asked at once. */
  readonly slots: Slots;
  /** Milliseconds until a node that did not answer is asked again. */
  readonly retry: number;
}

const CLAIMED_AT_ONCE = 64;

/** Continuous attestation: on the policy's interval, and at once when the policy changes. */
export class ReattestationScheduler {
  readonly #with: ReattestationSchedulerDependencies;
  readonly #asking = new Set<Promise<void>>();

  constructor(dependencies: ReattestationSchedulerDependencies) {
    this.#with = dependencies;
  }

  /** Asks the nodes that are due, of any replica; the rows are claimed, so that replicas share the work. */
  async look(): Promise<void> {
    const { database, retry } = this.#with;
    const now = database.clock();
    const due = await nodes.claimDue(database.queries, {
      now,
      again: new Date(now.getTime() + retry),
      limit: CLAIMED_AT_ONCE,
    });
    for (const { id, clusterId } of due) this.#ask(clusterId, id, 'interval');
  }

  /** Another version of a pool's policy counts now: each replica asks the nodes whose streams it holds. */
  policyChanged(poolId: string): void {
    for (const { nodeId, peer } of this.#with.streams.ofPool(poolId)) {
      this.#ask(peer.attested.target.clusterId, nodeId, 'policy-changed');
    }
  }

  /** Resolves when every question that was begun has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#asking);
  }

  #ask(clusterId: string, nodeId: string, trigger: Appraisal['trigger']): void {
    const asking = this.#askWithin(clusterId, nodeId, trigger).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  async #askWithin(clusterId: string, nodeId: string, trigger: Appraisal['trigger']): Promise<void> {
    const { inquiries, logger, slots } = this.#with;
    const leave = await slots.enter();
    if (leave === undefined) return;
    try {
      await inquiries.ask({ clusterId, nodeId, purpose: 'reattestation', trigger, requestedBy: 'system' });
    } catch (cause) {
      // Silence is no verdict (S35): the socket's appraisal runs out, the stream ends, and the node is lost.
      const entry = { nodeId, trigger, code: cause instanceof ProblemError ? cause.code : undefined };
      if (cause instanceof ProblemError && cause.status < 500)
        logger.info(entry, 'a node was not re-attested');
      else logger.warn({ ...entry, err: cause }, 'a node was not re-attested');
    } finally {
      leave();
    }
  }
}
