import { events, type Database, type Subscription } from '@asterism/persistence';

/**
 * Wakes whoever follows a table when a commit anywhere, on this replica or another, has added to it. A wake-up is a
 * hint: a follower reads on from what it saw last, so that a lost notification delays and never drops.
 */
export class EventBus {
  readonly #waiting = new Set<() => void>();
  #subscription: Subscription | undefined;
  #version = 0;

  /** Read it before reading the table, and give it to `next`: a commit in between is then not slept over. */
  get version(): number {
    return this.#version;
  }

  async start(database: Database): Promise<void> {
    const wake = () => this.#wake();
    this.#subscription = await database.listen(events.EVENTS_CHANNEL, wake, wake);
  }

  async stop(): Promise<void> {
    await this.#subscription?.close();
    this.#wake();
  }

  /** Resolves at the first commit after `version`, after `milliseconds`, or when `signal` aborts. */
  next(version: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (version !== this.#version || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #wake(): void {
    this.#version++;
    for (const done of [...this.#waiting]) done();
  }
}
