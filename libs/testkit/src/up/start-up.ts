import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');
const READY_DEADLINE_MS = 150_000;

/** What `asterism up` writes for those who wait for it; the documented shape, read as a stranger would. */
export interface Ready {
  readonly apiUrl: string;
  readonly nodeUrl: string;
  readonly consoleUrl: string | null;
  readonly caFile: string;
  readonly tokenFile: string;
  readonly cluster: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly pool: string;
    readonly role: string;
    readonly state: string;
    readonly pid: number;
    readonly machine: string;
    readonly sshPort: number | null;
  }[];
}

export interface UpOptions {
  /** Folder to start on; absent: a new one, removed by `dispose`. */
  readonly data?: string;
  readonly nodes?: number;
  readonly console?: boolean;
  /** Beside the ports, which are free ones unless named here. */
  readonly arguments?: readonly string[];
}

export interface EndedUp {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A running `./asterism up`, driven from outside only. */
export interface RunningUp {
  readonly data: string;
  readonly readyFile: string;
  readonly pid: number;
  /** Milliseconds from the start of the command to its ready file. */
  readonly startedIn: number;
  readonly ready: Ready;
  /** Everything it has printed so far. */
  output(): string;
  token(): Promise<string>;
  /** Sends SIGTERM and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<EndedUp>;
  /** Ends it where it still runs and removes the folder that was made for it. */
  dispose(): Promise<void>;
}

/**
 * Runs `./asterism up` until its ready file is there.
 * @throws Error with everything it printed, where it ends before or takes too long
 */
export async function startUp(options: UpOptions = {}): Promise<RunningUp> {
  const own = options.data === undefined;
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'asterism-e2e-')));
  const readyFile = join(data, '..', `${data.split('/').at(-1) ?? 'up'}.ready.json`);
  await rm(readyFile, { force: true });
  const started = Date.now();
  const command = spawnUp(data, readyFile, options);
  const ended = command.ended;
  try {
    const ready = await Promise.race([untilReady(readyFile), ended.then(throwEnded)]);
    return {
      data,
      readyFile,
      pid: command.child.pid ?? 0,
      startedIn: Date.now() - started,
      ready,
      output: command.output,
      token: async () => (await readFile(ready.tokenFile, 'utf8')).trim(),
      stop: async (signal = 'SIGTERM') => {
        command.child.kill(signal);
        return ended;
      },
      dispose: async () => {
        await end(command.child);
        if (own) await rm(data, { recursive: true, force: true });
        await rm(readyFile, { force: true });
      },
    };
  } catch (error) {
    await end(command.child);
    throw new Error(`${(error as Error).message}\n${command.output()}`, { cause: error });
  }
}

/** Runs `./asterism up` for starts that are to fail. */
export async function runUp(data: string, options: UpOptions = {}): Promise<EndedUp> {
  const readyFile = `${data}.ready.json`;
  const command = spawnUp(data, readyFile, options);
  const late = setTimeout(() => command.child.kill('SIGTERM'), READY_DEADLINE_MS);
  try {
    return await command.ended;
  } finally {
    clearTimeout(late);
    await rm(readyFile, { force: true });
  }
}

function spawnUp(data: string, readyFile: string, options: UpOptions) {
  const ports = ['--api-port', '--node-port', '--console-port'].flatMap((option) =>
    options.arguments?.includes(option) ? [] : [option, '0'],
  );
  const args = [
    'up',
    '--nodes',
    String(options.nodes ?? 3),
    '--data',
    data,
    '--ready-file',
    readyFile,
    ...ports,
    ...(options.console === true ? [] : ['--no-console']),
    ...(options.arguments ?? []),
  ];
  const child = spawn(join(WORKSPACE, 'asterism'), args, {
    cwd: WORKSPACE,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = once(child, 'close').then(([code, signal]): EndedUp => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output,
  }));
  return { child, ended, output: () => output };
}

function throwEnded({ code, signal }: EndedUp): never {
  throw new Error(`asterism up ended before it was ready (${code ?? signal})`);
}

async function untilReady(file: string): Promise<Ready> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (Date.now() < deadline) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return JSON.parse(text) as Ready;
    await delay(50);
  }
  throw new Error(`asterism up was not ready after ${READY_DEADLINE_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await Promise.race([closed, delay(20_000, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    process.kill(-child.pid, 'SIGKILL');
  }
}
