import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';

export interface RepeatedTask {
  readonly name: string;
  /** Milliseconds between the end of one run and the start of the next. */
  readonly interval: number;
  readonly run: () => Promise<void>;
}

/** Runs a task again and again, never twice at once. A run that fails is logged and the next one comes. */
export class Repeated {
  readonly #task: RepeatedTask;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(task: RepeatedTask, logger: Logger) {
    this.#task = task;
    this.#logger = logger;
    this.#done = this.#repeat();
  }

  /** Resolves when the run under way has ended. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#done;
  }

  async #repeat(): Promise<void> {
    const { name, interval, run } = this.#task;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await run();
      } catch (cause) {
        this.#logger.warn({ err: cause, task: name }, 'a repeated task failed');
      }
      await sleep(interval, undefined, { signal }).catch(() => undefined);
    }
  }
}
