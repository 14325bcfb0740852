import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NODE, WORKSPACE } from '../workspace.ts';

const BENCHMARKS = ['joins', 'keys', 'access', 'verify', 'memory'];

/** Benchmarks and tests are programs of the workspace, not of the command line; their output and exit code are kept. */
export async function bench({ context, args, options }: Invocation<{ count?: number }>): Promise<ExitCode> {
  const [name = ''] = args;
  if (!BENCHMARKS.includes(name)) {
    throw new UsageError('usage', 'no such benchmark', { got: name, want: BENCHMARKS.join(', ') });
  }
  const flags = [
    ...(context.terminal.json ? ['--json'] : []),
    ...(options.count === undefined ? [] : ['--count', String(options.count)]),
  ];
  return runProgramOf(['--expose-gc', join(WORKSPACE, 'bench', `${name}.ts`), ...flags]);
}

export async function test({ args }: Invocation<object>): Promise<ExitCode> {
  return runProgramOf([join(WORKSPACE, 'tools/test/main.ts'), ...args]);
}

async function runProgramOf(args: readonly string[]): Promise<ExitCode> {
  const child = spawn(NODE, args, { cwd: WORKSPACE, stdio: 'inherit' });
  const relay = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', relay);
  const code = await new Promise<number>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (status) => settle(status ?? EXIT.undecided));
  });
  process.off('SIGTERM', relay);
  return code === EXIT.good ? EXIT.good : code === EXIT.refused ? EXIT.refused : EXIT.undecided;
}
