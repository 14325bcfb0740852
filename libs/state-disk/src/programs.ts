import { spawn } from 'node:child_process';
import { StateDiskError, type StateDiskErrorCode } from './errors.ts';

/** Nothing of this process's environment goes to the programs; daemons often lack the sbin folders. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
} as const;
const MAX_OUTPUT = 4096;
/** Of setpriv(1) for a program that is not there. */
const NOT_FOUND = 127;

export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The last 4 KiB of both streams. */
  readonly output: string;
}

export interface ProgramOptions {
  /** Goes to its standard input through a pipe: the only way for a key. */
  readonly input?: readonly Uint8Array[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program without a shell, to its end. It ends with this process, however that ends: an agent that is started again
 * finds nobody writing to its disk.
 * @throws StateDiskError `missing` where there is no such program
 */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  missing: StateDiskErrorCode,
  { input = [], signal }: ProgramOptions = {},
): Promise<ProgramResult> {
  const result = await new Promise<ProgramResult>((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...parameters], {
      stdio: 'pipe',
      env: ENVIRONMENT,
      cwd: '/',
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output: output.trim() }));
    // A program that ends without reading breaks the pipe; its exit code says why.
    child.stdin.once('error', () => undefined);
    for (const part of input) child.stdin.write(part);
    child.stdin.end();
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new StateDiskError(missing, `${program} cannot be started`, { cause });
  });
  if (result.exitCode === NOT_FOUND) throw new StateDiskError(missing, `${program} is not installed`);
  return result;
}
