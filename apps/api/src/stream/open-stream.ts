import type { AgentEvent, PolicyDocument } from '@asterism/contracts';
import type { evidenceRequests } from '@asterism/persistence';
import type { MemberPeer } from '../node/peer.ts';

/** A request that went out on a stream, and the policy whose PCRs it asked for. */
export interface Asked {
  readonly request: evidenceRequests.EvidenceRequest;
  readonly policy: PolicyDocument;
  readonly policyVersion: number;
}

/** Events that a stalled reader may leave behind; then it is gone. */
const HELD = 64;
/** Requests without an answer that are remembered. */
const ASKED = 64;

/** The stream of one node on this replica: what is to be sent on it, and what was asked on it. */
export class OpenStream {
  readonly peer: MemberPeer;
  /** The database was told of it. */
  isNoted = false;
  #events: AgentEvent[] = [];
  readonly #asked = new Map<string, Asked>();
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(peer: MemberPeer) {
    this.peer = peer;
  }

  get nodeId(): string {
    return this.peer.member.id;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  send(event: AgentEvent): void {
    if (this.#ended) return;
    // The latest says all: a burst of changes is one event.
    if (event.type === 'access') this.#events = this.#events.filter(({ type }) => type !== 'access');
    this.#events.push(event);
    if (this.#events.length > HELD) this.#ended = true;
    this.#wake();
  }

  /** What was sent before is still delivered. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  ask(event: Extract<AgentEvent, { readonly requestId: string }>, asked: Asked): void {
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= ASKED && oldest !== undefined) this.#asked.delete(oldest);
    this.#asked.set(asked.request.id, asked);
    this.send(event);
  }

  /** Once: a second answer finds nothing. */
  takeAsked(requestId: string): Asked | undefined {
    const asked = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    return asked;
  }

  /** Requests that went out and were not answered. */
  get unanswered(): string[] {
    return [...this.#asked.keys()];
  }

  /** The next event; undefined when the stream has ended, or after `milliseconds` without one. */
  async next(milliseconds: number, signal: AbortSignal): Promise<AgentEvent | undefined> {
    if (this.#events.length === 0 && !this.#ended && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.#wake = () => undefined;
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal.addEventListener('abort', done, { once: true });
        this.#wake = done;
      });
    }
    return this.#events.shift();
  }
}
