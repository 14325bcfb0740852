import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { fromWire, toWire, type GuestAnswer } from './serve.ts';

export interface GuestOptions {
  /** A module that calls `serveGuest`; runs inside with this Node, from the host's files. */
  readonly program: URL;
  /** Raw images, in the guest /dev/ubda, /dev/ubdb … */
  readonly disks: readonly string[];
  readonly memoryMb?: number;
  /** More of the kernel's command line, such as a network device. */
  readonly kernel?: readonly string[];
  /** A command that runs what follows it, such as one that enters a network namespace. */
  readonly within?: readonly string[];
}

/** What the program inside threw. */
export class GuestError extends Error {
  readonly code: string | null;

  constructor(code: string | null, message: string) {
    super(message);
    this.name = 'GuestError';
    this.code = code;
  }
}

export interface GuestMachine {
  readonly pid: number;
  /** Has the program inside do something. @throws GuestError what it threw; Error where the guest ends meanwhile */
  call(name: string, argument?: unknown): Promise<unknown>;
  /** As power goes: nothing inside learns of it. Does nothing where it has ended. */
  kill(): Promise<void>;
  /** What kernel and program have said on the console. */
  console(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

const INIT = fileURLToPath(new URL('./init.sh', import.meta.url));
const PROGRAMS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const START_DEADLINE = 60_000;
const MAX_CONSOLE = 256 * 1024;

/**
 * Ends the guest on SIGTERM, and with this process, however it ends. A guest leads a session of its own, with helpers that
 * would stay if only the first were killed.
 */
const GUARD = `"$@" & guest=$!; trap 'kill -KILL -$guest' TERM; wait $guest`;

/**
 * User-Mode Linux (Debian's user-mode-linux), with device mapper that the host's kernel may lack. Its root is the host's own
 * file system, read-only. Ends with this process.
 */
function launch(
  { program, disks, memoryMb = 256, kernel = [], within = [] }: GuestOptions,
  directory: string,
): ChildProcess {
  const parameters = [
    ...[
      `mem=${memoryMb}M`,
      'root=/dev/root',
      'rootfstype=hostfs',
      'rootflags=/',
      'ro',
      'quiet',
      `uml_dir=${directory}`,
    ],
    ...disks.map((disk, index) => `ubd${index}=${disk}`),
    // Console and program each have their own channel: kernel messages would break into lines of the other.
    ...['con=null', 'con0=null,fd:1', 'ssl=null', 'ssl0=fd:3,fd:4', 'console=tty0'],
    ...[`guest_node=${process.execPath}`, `guest_program=${fileURLToPath(program)}`, `init=${INIT}`],
    ...kernel,
  ];
  const guarded = ['/bin/sh', '-c', GUARD, 'sh', ...within, 'linux.uml', ...parameters];
  return spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...guarded], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: PROGRAMS, HOME: directory },
  });
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** @throws Error with what the console says, where the guest's program is not there within a minute */
export async function startGuest(options: GuestOptions): Promise<GuestMachine> {
  const directory = await mkdtemp(path.join(tmpdir(), 'asterism-guest-'));
  const child = launch(options, directory);
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString('utf8')).slice(-MAX_CONSOLE);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const [, , , requests, answers] = child.stdio as unknown as [null, Readable, Readable, Writable, Readable];
  requests.on('error', () => undefined);
  const waiting = new Map<number, Waiting>();
  const ended = once(child, 'close').then(async () => {
    await rm(directory, { recursive: true, force: true });
    const error = new Error(`the guest has ended; its console says:\n${said.slice(-2000)}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    return error;
  });
  const ready = Promise.withResolvers<void>();
  createInterface({ input: answers }).on('line', (line) => {
    const message = fromWire(line) as GuestAnswer | { ready: true } | { exit: number };
    if ('ready' in message) ready.resolve();
    if ('exit' in message) endGuest(child);
    if (!('id' in message)) return;
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) call?.reject(new GuestError(message.error.code, message.error.message));
    else call?.resolve(message.value);
  });
  const late = setTimeout(() => endGuest(child), START_DEADLINE);
  await Promise.race([ready.promise, ended.then((error) => Promise.reject(error))]);
  clearTimeout(late);
  let calls = 0;
  const kill = async (): Promise<void> => {
    endGuest(child);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    call: (name, argument = null) =>
      new Promise((resolve, reject) => {
        const id = (calls += 1);
        waiting.set(id, { resolve, reject });
        if (child.exitCode !== null || child.signalCode !== null) reject(new Error('the guest has ended'));
        else requests.write(`${toWire({ id, call: name, argument })}\n`);
      }),
    kill,
    console: () => said,
    [Symbol.asyncDispose]: kill,
  };
}

function endGuest(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
}
