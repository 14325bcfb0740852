import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');

const running = new Set<ChildProcess>();

export interface Order {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the process group is killed and the check has failed. */
  readonly timeout: number;
  /** Output is only shown when the process fails. */
  readonly quiet?: boolean;
  readonly cwd?: string;
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of the workspace with the pinned Node first in PATH, in a process group that is killed on a timeout. */
export async function run(order: Order): Promise<Outcome> {
  const child = spawn(order.command, order.args, {
    cwd: order.cwd ?? ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${BIN}:${process.env['PATH'] ?? ''}`,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      NEXT_TELEMETRY_DISABLED: '1',
      ...order.env,
    },
  });
  running.add(child);
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    if (order.quiet !== true) process.stdout.write(chunk);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child);
  }, order.timeout);
  const code = await new Promise<number>((settle) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
      settle(127);
    });
    child.once('close', (status) => settle(status ?? 128));
  });
  clearTimeout(timer);
  running.delete(child);
  if (timedOut)
    console.log(`ended after ${order.timeout / 1000} s: ${order.command} ${order.args.join(' ')}`);
  if (order.quiet === true && code !== 0) process.stdout.write(output);
  return { code, output };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
    setTimeout(() => kill(child.pid), 5_000).unref();
  } catch {
    // It has ended already.
  }
}

function kill(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Ends what still runs when this program is interrupted. */
export function endAllOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const child of running) endGroup(child);
      setTimeout(() => process.exit(130), 6_000).unref();
    });
  }
}
