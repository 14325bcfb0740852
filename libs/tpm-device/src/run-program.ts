import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The last 4 KiB of both streams. */
  readonly output: string;
}

const MAX_OUTPUT = 4096;

/** Runs to the end, with no standard input. Rejects only where the program cannot be started. */
export function runProgram(
  program: string,
  parameters: readonly string[],
  deadline: number,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
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
