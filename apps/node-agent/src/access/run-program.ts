import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Null: it could not be started, or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any of them takes on a machine that is busy. */
const TIMEOUT_MS = 20_000;
/** One language, and the folders that programs of the system are in. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Runs a program of the system to its end. Nothing secret is among its arguments.
 * @param input for its standard input
 */
export function runProgram(
  program: string,
  parameters: readonly string[],
  input = '',
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = {
      env: ENVIRONMENT,
      timeout: TIMEOUT_MS,
      encoding: 'utf8',
      maxBuffer: 4_194_304,
    } as const;
    const child = execFile(program, [...parameters], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr: error !== null && code === null ? error.message : stderr });
    });
    // One that ends before it has read all of it says so by its code.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** The first line that says what was wrong. */
export function complaintOf({ stderr, stdout, code }: ProgramResult): string {
  const line = `${stderr}\n${stdout}`.split('\n').find((each) => each.trim() !== '');
  return (line ?? `exit code ${code ?? 'unknown'}`).trim().slice(0, 400);
}
