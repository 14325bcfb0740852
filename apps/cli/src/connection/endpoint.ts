import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

/** Where an API is and how to speak to it. */
export interface Endpoint {
  readonly url: string;
  /** PEM; null where the system's authorities are to be used. */
  readonly ca: string | null;
  /** Where `ca` was read from, for programs that read it themselves. */
  readonly caFile: string | null;
  readonly token: string;
  /** Name of the cluster that `up` made; null where the endpoint was given otherwise. */
  readonly cluster: string | null;
}

/** What `up` writes. */
export interface ReadyFile {
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
    /** Of the machine's launcher: `SIGUSR2` reboots the machine, its death is the machine's, and `up` starts it again. */
    readonly pid: number | null;
    /** Folder of the machine in DIR/machines. */
    readonly machine: string;
    /** Of its sshd on 127.0.0.1; null where it has none. */
    readonly sshPort: number | null;
  }[];
}

/** Where `up` leaves its ready file in a data directory, besides the one that was asked for. */
const DEFAULT_READY_FILE = '.asterism/run/ready.json';

/** Options first, then the environment, then the ready file of a local `up`. @throws UsageError `api-not-configured` */
export async function findEndpoint(context: Context): Promise<Endpoint> {
  const { globals, environment } = context;
  const api = globals.api ?? (globals.readyFile === undefined ? environment.api : undefined);
  if (api !== undefined) {
    const ca = globals.ca ?? environment.ca;
    const tokenFile = globals.tokenFile ?? environment.tokenFile;
    if (tokenFile === undefined) {
      throw new UsageError(
        'api-not-configured',
        'an API needs a token: --token-file FILE or ASTERISM_TOKEN_FILE',
      );
    }
    return {
      url: toHttpsUrl(api),
      ca: ca === undefined ? null : await readText(ca, 'CA file'),
      caFile: ca === undefined ? null : resolve(ca),
      token: await readToken(tokenFile),
      cluster: null,
    };
  }
  const ready = await readReadyFile(globals.readyFile);
  const caFile = resolve(globals.ca ?? ready.caFile);
  return {
    url: toHttpsUrl(ready.apiUrl),
    ca: await readText(caFile, 'CA file'),
    caFile,
    token: await readToken(globals.tokenFile ?? ready.tokenFile),
    cluster: ready.cluster,
  };
}

async function readReadyFile(file: string | undefined): Promise<ReadyFile> {
  const path = resolve(file ?? DEFAULT_READY_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (file === undefined) {
      throw new UsageError(
        'api-not-configured',
        'which API? Start one with `asterism up`, or pass --ready-file, or --api with --ca and --token-file',
        { cause },
      );
    }
    throw unreadable(path, 'ready file', cause);
  }
  try {
    const ready = JSON.parse(text) as ReadyFile;
    for (const key of ['apiUrl', 'caFile', 'tokenFile', 'cluster'] as const) {
      if (typeof ready[key] !== 'string') throw new Error(`${key} is not a text`);
    }
    return ready;
  } catch (cause) {
    throw new UsageError('file-malformed', `${path} is not a ready file of asterism up`, { cause });
  }
}

function toHttpsUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:')
    throw new UsageError('usage', 'the address of the API is not an https URL', { got: text });
  return url.origin;
}

async function readToken(file: string): Promise<string> {
  const token = (await readText(file, 'token file')).trim();
  if (!/^[\x21-\x7e]{8,512}$/.test(token))
    throw new UsageError('file-malformed', `${file} does not hold one API token`);
  return token;
}

export async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, what, cause);
  }
}

function unreadable(file: string, what: string, cause: unknown): UsageError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new UsageError('file-unreadable', `${what} ${file} cannot be read (${reason})`, { cause });
}
