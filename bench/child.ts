import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface Message {
  readonly answer?: unknown;
  readonly error?: string;
}

/** Another process of a benchmark, which answers each order with one message. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  #waiting: PromiseWithResolvers<unknown> | null = null;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on('message', ({ answer, error }: Message) => {
      if (error === undefined) this.#waiting?.resolve(answer);
      else this.#waiting?.reject(new Error(error));
    });
    process.once('exit', () => {
      this.#waiting?.reject(new Error('a process of the benchmark ended early'));
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @returns the child and what it said once it was ready */
  static async start(file: string): Promise<{ readonly child: Child; readonly ready: unknown }> {
    const child = new Child(fork(join(import.meta.dirname, file), { execArgv: [] }));
    return { child, ready: await child.#answer() };
  }

  async ask<Answer>(order: object): Promise<Answer> {
    const answer = this.#answer();
    this.#process.send(order);
    return (await answer) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  #answer(): Promise<unknown> {
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }
}
