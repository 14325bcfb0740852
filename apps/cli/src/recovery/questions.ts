import { createInterface, type Interface } from 'node:readline';
import type { Context } from '../context.ts';

/** Questions on standard error, answers from standard input: its end is an empty answer. */
export class Questions {
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
    this.#interface = createInterface({ input: process.stdin, terminal: false, signal: context.signal });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  async ask(question: string): Promise<string> {
    this.#context.terminal.raw(question);
    const { done, value } = await this.#lines.next();
    return done === true ? '' : value.trim();
  }

  close(): void {
    this.#interface.close();
  }
}
