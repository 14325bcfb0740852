import type { Ready } from '@asterism/testkit/up';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const WORKSPACE = resolve(import.meta.dirname, '../../..');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(command: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((settle) => {
    const child = execFile(
      command,
      args,
      { cwd: WORKSPACE, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
        settle({ code, stdout, stderr });
      },
    );
    // One that ends without reading is no fault of ours.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** `./asterism …` against the API of a ready file. */
export function cli(readyFile: string, ...args: readonly string[]): Promise<Ended> {
  return run('./asterism', ['--no-install', ...args, '--ready-file', readyFile]);
}

/** `./asterism …` against the API of an `up` that is not ready yet, or with an answer to what it asks. */
export function cliAt(
  { data, url, input }: { readonly data: string; readonly url: string; readonly input?: string },
  ...args: readonly string[]
): Promise<Ended> {
  const where = ['--api', url, '--ca', `${data}/ca/ca.pem`, '--token-file', `${data}/token`];
  return run('./asterism', ['--no-install', ...args, ...where], input);
}

/** The documents that `--json` printed, one a line. */
export function documentsOf({ stdout }: Ended): unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
}

export interface CurlAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly json: () => Record<string, unknown>;
}

/** The real curl, with the authority of the ready file. */
export async function curl(
  ready: Ready,
  path: string,
  options: { readonly token?: string; readonly arguments?: readonly string[]; readonly url?: string } = {},
): Promise<CurlAnswer> {
  const { code, stdout, stderr } = await run('curl', [
    '--silent',
    '--show-error',
    '--max-time',
    '30',
    '--cacert',
    ready.caFile,
    '--write-out',
    '\n%{http_code} %{content_type}',
    ...(options.token === undefined ? [] : ['--header', `authorization: Bearer ${options.token}`]),
    ...(options.arguments ?? []),
    `${options.url ?? ready.apiUrl}${path}`,
  ]);
  if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr}`);
  const end = stdout.lastIndexOf('\n');
  const [status = '0', ...type] = stdout.slice(end + 1).split(' ');
  const body = stdout.slice(0, end);
  return {
    status: Number(status),
    type: type.join(' '),
    body,
    json: () => JSON.parse(body) as Record<string, unknown>,
  };
}
