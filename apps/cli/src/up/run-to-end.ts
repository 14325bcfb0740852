import { spawn } from 'node:child_process';

export interface Order {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the process group when it aborts. */
  readonly signal: AbortSignal;
}

/** Runs a program and collects what it writes. Never throws for the program's own failure. */
export async function runToEnd(order: Order): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(order.command, order.args, {
    cwd: order.cwd,
    env: order.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended.
    }
  };
  order.signal.addEventListener('abort', end, { once: true });
  const code = await new Promise<number>((settle) => {
    child.once('error', (error) => {
      output += error.message;
      settle(127);
    });
    child.once('close', (status) => settle(status ?? 128));
  });
  order.signal.removeEventListener('abort', end);
  return { code, output };
}
