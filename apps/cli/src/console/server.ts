import { request } from 'node:http';
import { join } from 'node:path';
import { WORKSPACE } from '../workspace.ts';

/** The console as Next.js builds it to stand alone. */
export const CONSOLE_SERVER = join(WORKSPACE, 'apps/console/.next/standalone/apps/console/server.js');
const HOST = '127.0.0.1';

export interface ConsoleOptions {
  readonly port: number;
  readonly apiUrl: string;
  /** PEM file; null where the system's authorities are to be used. */
  readonly caFile: string | null;
}

/** What the console's server reads (apps/console/README.md). */
export function consoleEnvironment({ port, apiUrl, caFile }: ConsoleOptions): Record<string, string> {
  return {
    NODE_ENV: 'production',
    HOSTNAME: HOST,
    PORT: String(port),
    ASTERISM_API: apiUrl,
    ...(caFile === null ? {} : { ASTERISM_CA: caFile }),
  };
}

export function consoleUrl(port: number): string {
  return `http://${HOST}:${port}`;
}

/** The code is in the fragment, which a browser does not send and no log keeps. */
export function signInUrl(console: string, code: string): string {
  return `${console}/sign-in#code=${encodeURIComponent(code)}`;
}

/** Whether the console answers; null while it does not. */
export function askConsole(port: number): Promise<true | null> {
  return new Promise((settle) => {
    const asked = request({ host: HOST, port, path: '/sign-in', timeout: 2_000 }, (response) => {
      response.resume();
      settle((response.statusCode ?? 500) < 500 ? true : null);
    });
    asked.on('error', () => settle(null));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}
