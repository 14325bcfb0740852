import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface ChildOrder {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Longest that a child may take to end when it is asked to. */
const GRACE = 12_000;

/** The program of the machine. The kernel kills it when the launcher ends, however it ends: then the machine is off. */
export class Child {
  readonly #process: ChildProcess;
  readonly ended: Promise<ChildEnd>;

  constructor({ program, parameters, environment }: ChildOrder) {
    const command = ['--pdeathsig', 'KILL', '--', process.execPath, program, ...parameters];
    this.#process = spawn('setpriv', command, { env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', () => resolve({ code: null, signal: 'not-started' }));
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** setpriv becomes the program, so this is the program's. */
  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  /** Asks it to end and waits; kills it where it does not. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), GRACE);
    await exited;
    clearTimeout(late);
  }
}
