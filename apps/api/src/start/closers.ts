import type { Logger } from '../platform/logger.ts';

/** What was opened, closed in the reverse order; one that fails does not keep the others open. */
export class Closers {
  readonly #closers: { readonly name: string; readonly close: () => Promise<unknown> }[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, close: () => Promise<unknown>): void {
    this.#closers.push({ name, close });
  }

  async closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      const { name, close } = closer;
      await close().catch((error: unknown) => this.#logger.error({ err: error, part: name }, 'cannot close'));
    }
  }
}
