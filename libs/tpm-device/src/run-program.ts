import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The last 4 KiB of both streams. */
  readonly output: string;
}

const MAX_OUTPUT = 4096;

/** Exit code of a shell that does not find the program. */
export const NOT_FOUND = 127;

/** On SIGTERM ends its whole process group, at once. */
const GUARD = `trap 'kill -KILL 0' TERM; "$@" & wait $!`;

/**
 * Runs to the end, with no standard input. Where this process ends first, however it does, or the deadline passes, the
 * program ends with all that it started: the kernel tells a shell that leads their process group (swtpm_setup that is
 * killed would leave its swtpm behind). Rejects only where setpriv(1) cannot be started.
 */
export function runProgram(
  program: string,
  parameters: readonly string[],
  deadline: number,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const guarded = ['/bin/sh', '-c', GUARD, 'sh', program, ...parameters];
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...guarded], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadline,
      cwd: '/',
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
