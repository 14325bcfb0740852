import { spawn } from 'node:child_process';
import { StateDiskError } from '../errors.ts';

export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** The last 2 KiB. */
  readonly stderr: string;
}

/** The agent's own environment goes nowhere, and messages are in English. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
const MAX_OUTPUT = 2048;
const NOT_FOUND = 127;

/**
 * Runs to the end, without a shell; `input` is its standard input and the only way for secrets. setpriv(1) has the kernel
 * end it with this process: the next one would find the device in use.
 * @throws StateDiskError `program-missing` | `timeout`
 */
export function runProgram(
  program: string,
  parameters: readonly string[],
  options: { readonly input?: Uint8Array; readonly deadline?: number } = {},
): Promise<ProgramResult> {
  const { input, deadline = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...parameters], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: ENVIRONMENT,
      cwd: '/',
      timeout: deadline,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout = (stdout + chunk.toString()).slice(-MAX_OUTPUT)));
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-MAX_OUTPUT)));
    // It may end without having read: its exit code says what is to be said.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? new Uint8Array(0));
    child.once('error', (cause) => {
      reject(new StateDiskError('program-missing', 'setpriv (package util-linux) is not there', { cause }));
    });
    child.once('close', (exitCode, signal) => {
      if (signal === 'SIGKILL' && child.killed) {
        reject(new StateDiskError('timeout', `${program} did not end within ${deadline} ms`));
      } else if (exitCode === NOT_FOUND) {
        reject(new StateDiskError('program-missing', `${program} is not there`, { got: stderr.trim() }));
      } else resolve({ exitCode, stdout, stderr });
    });
  });
}
