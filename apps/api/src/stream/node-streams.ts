import type { AgentEvent, NodeState } from '@asterism/contracts';
import { connections, events, inTransaction, members, type Database } from '@asterism/persistence';
import type { ConnectionStates } from '../attestation/connection-states.ts';
import { EventStream, type StreamEvent } from '../http/event-stream.ts';
import { followBoot, type NodeBoot } from '../join/node-states.ts';
import { requireActivePolicy, requireLocked, type MemberPeer } from '../node/peer.ts';
import type { Logger } from '../platform/logger.ts';
import { OpenStream } from './open-stream.ts';

export interface NodeStreamsDependencies {
  readonly database: Database;
  readonly states: ConnectionStates;
  readonly logger: Logger;
  readonly replicaId: string;
  /** A stream is open: requests that wait for its node can go out. */
  readonly onOpen: (stream: OpenStream) => Promise<void>;
  /** It has ended: what was asked on it will not be answered. */
  readonly onClose: (stream: OpenStream) => Promise<void>;
}

/** A timer of Node takes no more. */
const LONGEST_WAIT_MS = 60_000;

/** The streams that this replica holds, one a node (protocol: `GET /agent/v1/stream`). */
export class NodeStreams {
  readonly #with: NodeStreamsDependencies;
  readonly #open = new Map<string, OpenStream>();
  readonly #running = new Set<Promise<void>>();

  constructor(dependencies: NodeStreamsDependencies) {
    this.#with = dependencies;
  }

  /** @throws ProblemError `node-not-locked`, `attestation-expired` */
  open(peer: MemberPeer): EventStream {
    requireLocked(peer);
    requireActivePolicy(peer);
    return new EventStream({ kind: 'node', read: (signal) => this.#run(new OpenStream(peer), signal) });
  }

  find(nodeId: string): OpenStream | undefined {
    return this.#open.get(nodeId);
  }

  ofPool(poolId: string): OpenStream[] {
    return [...this.#open.values()].filter(({ peer }) => peer.attested.target.poolId === poolId);
  }

  ofCluster(clusterId: string): OpenStream[] {
    return [...this.#open.values()].filter(({ peer }) => peer.attested.target.clusterId === clusterId);
  }

  get nodeIds(): string[] {
    return [...this.#open.keys()];
  }

  /** S24: says why, and ends the stream. */
  tellAndEnd(nodeId: string, state: NodeState, reason: string | null): void {
    const stream = this.#open.get(nodeId);
    stream?.send({ type: 'state', state, reason });
    stream?.end();
  }

  /** The node has opened a newer stream, here or on another replica. */
  supersede(nodeId: string, connectionId: string): void {
    const stream = this.#open.get(nodeId);
    if (stream !== undefined && stream.peer.connection.id !== connectionId) stream.end();
  }

  /**
   * Notes again what the database has forgotten: its table of streams does not outlive a crash of PostgreSQL, and another
   * replica that took this one for dead has removed its rows.
   */
  async reassert(): Promise<void> {
    const noted = await connections.readOfNodes(this.#with.database.queries, this.nodeIds);
    for (const [nodeId, stream] of this.#open) {
      if (!stream.isNoted) continue;
      const connectionId = noted.get(nodeId);
      if (connectionId !== undefined) this.supersede(nodeId, connectionId);
      else await this.#connected(stream);
      // It may have ended meanwhile, and its row with it.
      if (this.#open.get(nodeId) !== stream) await this.#disconnected(stream);
    }
  }

  /** Resolves when every stream has ended and its row is gone. */
  async endAll(): Promise<void> {
    for (const stream of this.#open.values()) stream.end();
    await Promise.all(this.#running);
  }

  async *#run(stream: OpenStream, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const { nodeId } = stream;
    const ended = Promise.withResolvers<void>();
    this.#running.add(ended.promise);
    this.#open.get(nodeId)?.end();
    this.#open.set(nodeId, stream);
    try {
      await this.#connected(stream);
      await this.#requireRights(stream);
      yield toStreamEvent({ type: 'ready' });
      await this.#with.onOpen(stream);
      while (!signal.aborted) {
        const left = this.#validFor(stream);
        if (left <= 0) return;
        const event = await stream.next(Math.min(left, LONGEST_WAIT_MS), signal);
        if (event !== undefined) yield toStreamEvent(event);
        else if (stream.hasEnded) return;
      }
    } finally {
      if (this.#open.get(nodeId) === stream) this.#open.delete(nodeId);
      await this.#disconnected(stream);
      this.#running.delete(ended.promise);
      ended.resolve();
    }
  }

  /** Rights that ended before the stream was known here would be told to nobody. */
  async #requireRights({ peer, nodeId }: OpenStream): Promise<void> {
    const { target, identity, boot } = peer.attested;
    const member = await members.find(this.#with.database, target, { identity, boot });
    if (member === undefined || member.state === 'quarantined' || member.state === 'revoked') {
      this.tellAndEnd(nodeId, member?.state ?? 'revoked', null);
    }
  }

  /** Milliseconds that the socket's appraisal is good for: a node that proves nothing any more loses its stream. */
  #validFor({ peer }: OpenStream): number {
    const attested = this.#with.states.attestedOf(peer.connection);
    return attested === undefined ? 0 : attested.validUntil.getTime() - this.#with.database.clock().getTime();
  }

  async #connected(stream: OpenStream): Promise<void> {
    const { peer, nodeId } = stream;
    const { database, replicaId } = this.#with;
    const { connection, attested } = peer;
    const { clusterId } = attested.target;
    const at: NodeBoot = { clusterId, nodeId, boot: attested.boot };
    await inTransaction(database, async (tx) => {
      await connections.open(tx, clusterId, {
        nodeId,
        connectionId: connection.id,
        replicaId,
        connection: {
          since: tx.now.toISOString(),
          tlsVersion: connection.tls.version,
          cipher: connection.tls.cipher,
          keyExchange: connection.tls.keyExchange,
          remoteAddress: connection.remoteAddress,
        },
      });
      await followBoot(tx, at);
      events.append(tx, {
        type: 'node.connected',
        clusterId,
        data: { nodeId, name: peer.member.name, connectionId: connection.id },
      });
    });
    stream.isNoted = true;
  }

  async #disconnected(stream: OpenStream): Promise<void> {
    const { database, logger, onClose } = this.#with;
    const { peer, nodeId } = stream;
    const { clusterId } = peer.attested.target;
    try {
      await onClose(stream);
      await inTransaction(database, async (tx) => {
        if (!(await connections.close(tx, clusterId, nodeId, peer.connection.id))) return;
        events.append(tx, { type: 'node.disconnected', clusterId, data: { nodeId, name: peer.member.name } });
      });
    } catch (cause) {
      // The replica's own end, or the next beat of another one, removes the row.
      logger.warn({ err: cause, nodeId }, 'cannot note that a stream has ended');
    }
  }
}

function toStreamEvent(event: AgentEvent): StreamEvent {
  return { event: event.type, data: event };
}
