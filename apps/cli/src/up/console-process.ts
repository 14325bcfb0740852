import { join } from 'node:path';
import { askConsole, CONSOLE_SERVER, consoleEnvironment, type ConsoleOptions } from '../console/server.ts';
import { StartError } from '../errors.ts';
import { NODE } from '../workspace.ts';
import { lastWords } from './last-words.ts';
import { passOn, type Host } from './machine-process.ts';
import { Supervised } from './supervised.ts';
import { waitFor } from './wait.ts';

const SECONDS = 60;

export function installConsole(host: Host, options: ConsoleOptions): Supervised {
  return new Supervised({
    name: 'console',
    command: NODE,
    args: [CONSOLE_SERVER],
    env: { ...passOn(host.environment), ...consoleEnvironment(options) },
    cwd: host.directory.console,
    logFile: join(host.directory.logs, 'console.log'),
    guard: host.guard,
    restart: false,
    onExit: host.onExit,
  });
}

/** @throws StartError `console-failed`, `timeout`, `interrupted` */
export async function startConsole(process: Supervised, port: number, signal: AbortSignal): Promise<void> {
  process.start();
  await waitFor({ what: 'the start of the console', seconds: SECONDS, signal }, async () => {
    if (!process.running) {
      throw new StartError('console-failed', `the console does not start: ${await lastWords(process)}`);
    }
    return askConsole(port);
  });
  process.restart = true;
}
