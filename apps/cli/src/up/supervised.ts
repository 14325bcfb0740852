import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Guard } from './guard.ts';

export interface SupervisedOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  readonly guard: Guard;
  /** Restart when it ends by itself; see the property. */
  readonly restart: boolean;
  readonly onExit?: (end: ProcessEnd) => void;
}

export interface ProcessEnd {
  readonly name: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly restartsIn: number | null;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
/** A process that ran this long starts its back-off from the beginning. */
const STEADY_MS = 30_000;

/**
 * A child in a process group of its own, with its output in a file. Its standard input is a pipe that closes when we
 * end. Restarted with doubling back-off until it is stopped, once nothing of its group is left.
 */
export class Supervised {
  /** May change: what fails at its first start is not worth a second, what ran once is. */
  restart: boolean;
  readonly #options: SupervisedOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #backoff = FIRST_BACKOFF_MS;
  #wake = new AbortController();
  /** Where the log of the present run begins. */
  #logStart = 0;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.restart = options.restart;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  start(): void {
    const { command, args, env, cwd, logFile, guard } = this.#options;
    this.#logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    const started = Date.now();
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    const group = child.pid;
    if (group !== undefined) guard.add(group);
    child.stdin.on('error', () => undefined);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('error', () => undefined);
    // Its own children would hold what the next start needs, and our end of its output open.
    child.once('exit', () => {
      if (group !== undefined) void endGroup(group);
    });
    child.once('close', (code, signal) => {
      log.end();
      this.#child = null;
      if (group !== undefined && !groupExists(group)) guard.remove(group);
      if (Date.now() - started > STEADY_MS) this.#backoff = FIRST_BACKOFF_MS;
      const again = this.restart && !this.#stopping;
      this.#options.onExit?.({
        name: this.#options.name,
        code,
        signal,
        restartsIn: again ? this.#backoff : null,
      });
      if (again) void this.#restart();
    });
  }

  /** Asks the process to end, then its whole group to; what is left after `grace` milliseconds is killed. */
  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    const child = this.#child;
    const group = child?.pid;
    if (child === null || group === undefined) return;
    const closed = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
    child.stdin?.end();
    child.kill('SIGTERM');
    await Promise.race([closed, delay(grace, undefined, { ref: false })]);
    await endGroup(group);
    this.#options.guard.remove(group);
  }

  /** Last lines of its output since it was started, for an error. */
  async tail(lines: number): Promise<string> {
    return tailOf(this.#options.logFile, lines, this.#logStart);
  }

  async #restart(): Promise<void> {
    const wait = this.#backoff;
    this.#backoff = Math.min(2 * wait, LONGEST_BACKOFF_MS);
    await delay(wait, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    if (!this.#stopping) this.start();
  }
}

const TAIL_BYTES = 16_384;

async function tailOf(file: string, lines: number, from: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(Math.max(0, size - from), TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await handle.close();
  }
}

const GROUP_GRACE_MS = 5_000;

/** Ends what a process has left of its group. */
async function endGroup(group: number): Promise<void> {
  const deadline = Date.now() + GROUP_GRACE_MS;
  while (groupExists(group) && Date.now() < deadline) {
    signalGroup(group, 'SIGTERM');
    await delay(50);
  }
  signalGroup(group, 'SIGKILL');
}

function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone, which is what was wanted.
  }
}
