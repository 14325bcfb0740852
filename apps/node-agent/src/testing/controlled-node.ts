import type { NodeAccessReport, NodeAccessState, SshSessionEvent } from '@asterism/contracts';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { AccessMachine } from './access-machine.ts';
import type { ApiHears, ApiSays } from './control-access.ts';

const PROGRAM = join(import.meta.dirname, 'control-access.ts');
const DIRECTORY = '/run/asterism-state';

/** The agent's part for SSH access as a process on a machine, and the API that it talks to. */
export class ControlledNode {
  readonly reports: NodeAccessReport[] = [];
  readonly sessions: SshSessionEvent[] = [];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
    const output = process.stdout;
    if (output === null) throw new Error('the program has no output');
    createInterface({ input: output }).on('line', (line) => {
      const heard = JSON.parse(line) as ApiHears;
      if ('report' in heard) this.reports.push(heard.report);
      else this.sessions.push(...heard.sessions);
    });
  }

  static async start({ machine, configuration }: AccessMachine): Promise<ControlledNode> {
    await mkdir(machine.path(DIRECTORY), { recursive: true });
    const parameters = [PROGRAM, JSON.stringify(configuration), DIRECTORY, ''];
    return new ControlledNode(machine.spawn(process.execPath, ...parameters));
  }

  /** @param state null: the API is away */
  say(state: NodeAccessState | null): void {
    this.#process.stdin?.write(`${JSON.stringify({ state } satisfies ApiSays)}\n`);
  }

  /** Says it, and waits until it is in force. */
  async bringAbout(state: NodeAccessState): Promise<NodeAccessReport> {
    this.say(state);
    return this.until(() => this.reports.findLast(({ revision }) => revision === state.revision));
  }

  async until<Value>(look: () => Value | undefined, milliseconds = 10_000): Promise<Value> {
    for (const deadline = Date.now() + milliseconds; ; await wait(20)) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${look.toString()}`);
    }
  }

  opened(account: string) {
    return this.sessions.flatMap((event) =>
      event.kind === 'opened' && event.account === account ? event : [],
    );
  }

  closed(session: string) {
    return this.sessions.find((event) => event.kind === 'closed' && event.session === session);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.stdin?.end();
    await once(this.#process, 'exit');
  }
}
