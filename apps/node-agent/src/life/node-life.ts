import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import type { NodeStatus } from '../status/status.ts';
import type { BackOff } from './back-off.ts';
import type { Boot } from './boot.ts';
import { judge, type Verdict } from './judge.ts';

export interface NodeLifeOptions {
  /** One connection from its start to its end. @returns why it ended; null where it is to be renewed at once */
  readonly connect: (signal: AbortSignal) => Promise<Verdict | null>;
  readonly boot: Pick<Boot, 'isStanding'>;
  readonly status: NodeStatus;
  readonly backOff: BackOff;
  readonly log: Logger;
}

/** Connection after connection until it is told to stop. What the API says of this machine becomes its state. */
export class NodeLife {
  readonly #with: NodeLifeOptions;

  constructor(options: NodeLifeOptions) {
    this.#with = options;
  }

  /** @throws what is no matter of the connection: a TPM that fails, or a defect. The process should start anew. */
  async run(signal: AbortSignal): Promise<void> {
    this.#with.status.change({ state: 'attesting' });
    while (!signal.aborted) {
      const verdict = await this.#connection(signal);
      if (verdict === null || signal.aborted) continue;
      this.#show(verdict);
      // Revocation is final: there is nothing more to ask, and an exit would only make a supervisor ask again.
      if (verdict.kind === 'revoked') return untilAborted(signal);
      const delay = this.#with.backOff.next(verdict.retryAfter);
      this.#with.log.warn(
        { ...summary(verdict), retryInMs: Math.round(delay) },
        'connection to the API ended',
      );
      await wait(delay, undefined, { signal }).catch(() => undefined);
    }
  }

  async #connection(signal: AbortSignal): Promise<Verdict | null> {
    try {
      return await this.#with.connect(signal);
    } catch (error) {
      if (signal.aborted) return null;
      const verdict = judge(error, await this.#with.boot.isStanding());
      if (verdict === null) throw error;
      return verdict;
    }
  }

  #show({ kind, reason, findings }: Verdict): void {
    const { status } = this.#with;
    if (reason === null) return;
    if (kind === 'retry') return status.change({ reason });
    // The API's record of a quarantine says less than the refusal that led to it.
    if (kind === 'quarantined' && status.state === kind && findings.length === 0) return;
    status.change({ state: kind, reason, findings });
  }
}

function summary({ kind, reason, findings }: Verdict) {
  return { kind, reason, ...(findings.length > 0 ? { claims: findings.map(({ claim }) => claim) } : {}) };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // A timer, because a listener alone would let the process end.
  const alive = setInterval(() => undefined, 2 ** 30);
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}
