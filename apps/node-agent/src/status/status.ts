import type { Finding } from '@asterism/contracts';
import { mayBecome, type AgentState } from '../life/node-state.ts';
import type { Logger } from '../logger.ts';
import type { Status, StatusSink } from './status-file.ts';

export interface NodeStatusOptions {
  readonly boot: string;
  readonly pid: number;
  readonly now: () => Date;
  readonly log: Logger;
  readonly sink: StatusSink;
}

export interface StatusChange {
  readonly state?: AgentState;
  readonly reason?: string | null;
  readonly findings?: readonly Finding[];
  readonly node?: string;
  readonly stateDiskKeySha256?: string | null;
  readonly stateDiskFault?: string | null;
}

/** The state of the node, moved along the drawn arrows only, logged and shown at each change. */
export class NodeStatus {
  readonly #options: NodeStatusOptions;
  #status: Status;

  constructor(options: NodeStatusOptions) {
    this.#options = options;
    this.#status = {
      state: 'booted',
      node: null,
      reason: null,
      findings: [],
      since: options.now().toISOString(),
      boot: options.boot,
      pid: options.pid,
      stateDiskKeySha256: null,
      stateDiskFault: null,
    };
    options.sink(this.#status);
  }

  get state(): AgentState {
    return this.#status.state;
  }

  /** A new state starts without the reason and the findings of the one before. */
  change(change: StatusChange): void {
    const before = this.#status;
    const state = change.state ?? before.state;
    if (!mayBecome(before.state, state)) throw new Error(`no arrow leads from ${before.state} to ${state}`);
    const moved = state !== before.state;
    const kept = moved ? { reason: null, findings: [], since: this.#options.now().toISOString() } : {};
    this.#status = { ...before, ...kept, ...change };
    if (JSON.stringify(this.#status) === JSON.stringify(before)) return;
    const { node, reason, findings } = this.#status;
    if (moved || reason !== before.reason) {
      const claims = findings.map(({ claim }) => claim);
      this.#options.log.info({ state, node, reason, ...(claims.length > 0 ? { claims } : {}) }, 'node state');
    }
    this.#options.sink(this.#status);
  }
}
