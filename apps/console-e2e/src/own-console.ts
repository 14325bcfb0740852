import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const WORKSPACE = resolve(import.meta.dirname, '../../..');

export interface OwnConsole {
  readonly origin: string;
  /** One-time link with the rights of the token. */
  readonly signInUrl: string;
  stop(): Promise<void>;
}

/** `asterism console`: the console from the user's own machine, for an API that is anywhere. */
export async function startOwnConsole(options: {
  readonly apiUrl: string;
  readonly caFile: string;
  readonly tokenFile: string;
}): Promise<OwnConsole> {
  const child = spawn(
    join(WORKSPACE, 'asterism'),
    [
      'console',
      '--json',
      '--console-port',
      '0',
      '--api',
      options.apiUrl,
      '--ca',
      options.caFile,
      '--token-file',
      options.tokenFile,
    ],
    { cwd: WORKSPACE, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close');
  const announced = await Promise.race([
    untilAnnounced(child.stdout, () => output),
    ended.then(() => Promise.reject(new Error(`asterism console ended before it served\n${output}`))),
  ]);
  return {
    origin: announced.consoleUrl,
    signInUrl: announced.signIn.url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface Announcement {
  readonly type: 'console';
  readonly consoleUrl: string;
  readonly signIn: { readonly url: string };
}

function untilAnnounced(stdout: NodeJS.ReadableStream, output: () => string): Promise<Announcement> {
  return new Promise((settle) => {
    stdout.on('data', () => {
      for (const line of output().split('\n')) {
        const found = toAnnouncement(line);
        if (found !== null) settle(found);
      }
    });
  });
}

function toAnnouncement(line: string): Announcement | null {
  try {
    const value = JSON.parse(line) as { type?: unknown };
    return value.type === 'console' ? (value as Announcement) : null;
  } catch {
    return null;
  }
}
