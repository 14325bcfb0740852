import { evidenceRequestOf } from '@asterism/attestation';
import { toBase64url } from '@asterism/bytes';
import type { Activation, AgentEvent, Appraisal } from '@asterism/contracts';
import {
  connections,
  evidenceRequests,
  members,
  type Database,
  type Subscription,
} from '@asterism/persistence';
import type { ActivePolicies } from '../attestation/active-policies.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Logger } from '../platform/logger.ts';
import type { NodeStreams } from '../stream/node-streams.ts';
import type { OpenStream } from '../stream/open-stream.ts';

export interface EvidenceInquiriesDependencies {
  readonly database: Database;
  readonly policies: ActivePolicies;
  readonly streams: NodeStreams;
  readonly logger: Logger;
  readonly random: (length: number) => Uint8Array;
  readonly replicaId: string;
  /** Milliseconds for a node to answer. */
  readonly patience: number;
}

export interface Inquiry {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly purpose: 'reattestation' | 'verification';
  readonly trigger: Appraisal['trigger'];
  readonly requestedBy: string;
  /** base64url, of whoever verifies; ours where there is none. */
  readonly nonce?: string;
  readonly activation?: Activation | undefined;
}

/**
 * Asks nodes for evidence and waits for what comes of it. The request goes through the database, so that it reaches the
 * replica that holds the node's stream and the answer comes back to whoever waits (LISTEN/NOTIFY).
 */
export class EvidenceInquiries {
  readonly #with: EvidenceInquiriesDependencies;
  readonly #waiting = new Map<string, () => void>();
  #subscriptions: readonly Subscription[] = [];

  constructor(dependencies: EvidenceInquiriesDependencies) {
    this.#with = dependencies;
  }

  async start(): Promise<void> {
    const { database, streams } = this.#with;
    const wakeAll = () => [...this.#waiting.values()].forEach((wake) => wake());
    this.#subscriptions = [
      await database.listen(evidenceRequests.ANSWERS_CHANNEL, (id) => this.#waiting.get(id)?.(), wakeAll),
      await database.listen(
        evidenceRequests.REQUESTS_CHANNEL,
        (payload) => this.#background(() => this.#onRequest(payload)),
        // Notifications may have been missed: what waits is in the table.
        () => this.#background(() => this.#sendPending(streams.nodeIds)),
      ),
    ];
  }

  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions) await subscription.close();
  }

  /** @throws ProblemError `node-offline`, `timeout`, `policy-none-active`, `node-state-conflict` */
  async ask(inquiry: Inquiry): Promise<evidenceRequests.EvidenceOutcome> {
    const { database, streams, random, replicaId, patience } = this.#with;
    const { clusterId, nodeId, nonce = toBase64url(random(32)), ...order } = inquiry;
    const stream = streams.find(nodeId);
    const holder =
      stream === undefined ? await connections.findReplica(database.queries, clusterId, nodeId) : replicaId;
    if (holder === undefined || (stream === undefined && holder === replicaId)) {
      throw new ProblemError('node-offline', 'the node holds no stream');
    }
    const request = await evidenceRequests.create(
      database,
      clusterId,
      { ...order, nodeId, nonce, expiresAt: new Date(database.clock().getTime() + patience) },
      stream === undefined ? { kind: 'replica', replicaId: holder } : { kind: 'self' },
    );
    if (stream !== undefined) await this.#send(stream, request);
    return this.#outcomeOf(request);
  }

  /** What waits for a node whose stream has just opened. */
  async sendPendingOn(stream: OpenStream): Promise<void> {
    await this.#sendPending([stream.nodeId]);
  }

  /** Who waits for an answer on a stream that has ended is told so at once. */
  async giveUpOn({ unanswered }: OpenStream): Promise<void> {
    for (const id of unanswered) await evidenceRequests.fail(this.#with.database, id, 'node-offline');
  }

  async #outcomeOf({
    clusterId,
    id,
  }: evidenceRequests.EvidenceRequest): Promise<evidenceRequests.EvidenceOutcome> {
    const { database, patience } = this.#with;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.#waiting.get(id)?.();
    }, patience);
    try {
      for (;;) {
        const woken = Promise.withResolvers<void>();
        this.#waiting.set(id, woken.resolve);
        const status = await evidenceRequests.readStatus(database.queries, clusterId, id);
        if (status.kind === 'answered') return status;
        if (status.kind === 'failed') throw toProblem(status.failure);
        // Only what is still open becomes a timeout; the loop then reads what counts (S35).
        if (timedOut) await evidenceRequests.fail(database, id, 'timeout');
        else await woken.promise;
      }
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** `<request> <replica>` */
  async #onRequest(payload: string): Promise<void> {
    const [id, replicaId] = payload.split(' ');
    if (id !== undefined && replicaId === this.#with.replicaId) await this.#claimAndSend(id);
  }

  async #sendPending(nodeIds: readonly string[]): Promise<void> {
    const { database } = this.#with;
    const pending = await evidenceRequests.readPending(database.queries, nodeIds, database.clock());
    for (const id of pending) await this.#claimAndSend(id);
  }

  async #claimAndSend(id: string): Promise<void> {
    const { database, streams } = this.#with;
    const request = await evidenceRequests.claim(database.queries, id, database.clock());
    if (request === undefined) return;
    const stream = streams.find(request.nodeId);
    if (stream === undefined) await evidenceRequests.fail(database, id, 'node-offline');
    else await this.#send(stream, request);
  }

  /** Asks for the PCRs of the policy that counts now, and remembers which that was. */
  async #send(stream: OpenStream, request: evidenceRequests.EvidenceRequest): Promise<void> {
    const { database, policies } = this.#with;
    const { target, identity, boot } = stream.peer.attested;
    const member = await members.find(database, target, { identity, boot });
    const policyVersion = member?.activePolicyVersion ?? null;
    const policy = await policies.read(target.clusterId, target.poolId, policyVersion);
    stream.ask(toEvent(request, evidenceRequestOf(policy)), {
      request,
      policy,
      policyVersion: policyVersion ?? 0,
    });
  }

  #background(work: () => Promise<void>): void {
    work().catch((cause: unknown) => {
      this.#with.logger.warn({ err: cause }, 'cannot hand on a request for evidence');
    });
  }
}

type AskingEvent = Extract<AgentEvent, { readonly requestId: string }>;

function toEvent(
  { id: requestId, nonce, purpose, activation }: evidenceRequests.EvidenceRequest,
  evidenceRequest: AskingEvent['evidenceRequest'],
): AskingEvent {
  if (purpose === 'reattestation') return { type: 'reattest', requestId, nonce, evidenceRequest };
  return { type: 'verify', requestId, nonce, evidenceRequest, ...(activation && { activation }) };
}

function toProblem(failure: string): ProblemError {
  if (failure === 'timeout') return new ProblemError('timeout', 'the node did not answer in time');
  if (failure === 'node-offline') return new ProblemError('node-offline', 'the node holds no stream');
  return new ProblemError('node-state-conflict', `the node's answer did not count: ${failure}`);
}
