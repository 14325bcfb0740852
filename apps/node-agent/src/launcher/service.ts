import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { listProcesses, signalProcess, treeOf } from '../access/processes.ts';
import { BackOff } from '../life/back-off.ts';
import type { Logger } from '../logger.ts';

export interface ServiceOrder {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const BACK_OFF = { first: 250, longest: 10_000, random: Math.random } as const;
const GRACE = 2_000;

/** A program that a machine runs beside the measured one, such as its sshd: started again when it ends, and off with it. */
export class Service {
  readonly #order: ServiceOrder;
  readonly #log: Logger;

  constructor(order: ServiceOrder, log: Logger) {
    this.#order = order;
    this.#log = log;
  }

  /** Until the signal; then it has ended, and whatever it had started. */
  async run(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(BACK_OFF);
    while (!signal.aborted) {
      const child = this.#start();
      const ended = once(child, 'close').catch(() => undefined);
      const off = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      await Promise.race([ended, off]);
      if (signal.aborted) {
        await endTree(child, ended);
        return;
      }
      const delay = backOff.next();
      this.#log.error(
        { service: this.#order.name, code: child.exitCode, startsAgainInMs: Math.round(delay) },
        'service ended',
      );
      await wait(delay, undefined, { signal }).catch(() => undefined);
    }
  }

  #start(): ChildProcess {
    const { command, environment } = this.#order;
    // The kernel ends it when the launcher ends, however that does.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => undefined);
    return child;
  }
}

/** Sessions of an sshd are not of its group, and would outlive it. */
async function endTree(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const tree = child.pid === undefined ? [] : treeOf(child.pid, await listProcesses());
  child.kill('SIGTERM');
  await Promise.race([ended, wait(GRACE, undefined, { ref: false })]);
  for (const each of tree) await signalProcess(each, 'SIGKILL');
}
