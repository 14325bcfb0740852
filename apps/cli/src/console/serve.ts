import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from '../connection/client.ts';
import { findEndpoint, type Endpoint } from '../connection/endpoint.ts';
import type { Context, Invocation } from '../context.ts';
import { StartError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { Steps } from '../output/steps.ts';
import { buildProjects } from '../up/build.ts';
import { CONSOLE } from '../up/layout.ts';
import { passOn } from '../up/machine-process.ts';
import { claimPort } from '../up/ports.ts';
import { makeSignIn } from '../up/summary.ts';
import { waitFor } from '../up/wait.ts';
import { NODE, WORKSPACE } from '../workspace.ts';
import { askConsole, CONSOLE_SERVER, consoleEnvironment, consoleUrl } from './server.ts';

const START_SECONDS = 60;
const GRACE_MS = 5_000;

/**
 * `asterism console`: the console from this computer, so that its code is not the API's to choose (docs/limits.md). The
 * API delivers data only.
 */
export async function serveConsole({
  context,
  options,
}: Invocation<{ readonly consolePort: number }>): Promise<ExitCode> {
  const { terminal, signal } = context;
  const endpoint = await findEndpoint(context);
  const port = await claimPort('--console-port', options.consolePort, new Set());
  const steps = new Steps(terminal, () => performance.now());
  await steps.run(
    'build',
    () => buildProjects([CONSOLE], signal),
    (built) => (built.length === 0 ? 'nothing changed' : built.join(', ')),
  );
  const child = launch(context, endpoint, port);
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  try {
    await steps.run('console', () =>
      waitFor({ what: 'the start of the console', seconds: START_SECONDS, signal }, async () => {
        if (hasEnded(child)) throw new StartError('console-failed', 'the console ended while it started');
        return askConsole(port);
      }),
    );
    await announce(context, endpoint, consoleUrl(port));
    const aborted = once(signal, 'abort');
    const ended = await Promise.race([exited.then(() => true), aborted.then(() => false)]);
    if (ended && !signal.aborted) throw new StartError('console-failed', 'the console ended by itself');
    return EXIT.good;
  } finally {
    await stop(child, exited);
  }
}

/** The kernel ends the console with this process, however that ends (setpriv is part of every Debian). */
function launch({ environment }: Context, { url, caFile }: Endpoint, port: number): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', NODE, CONSOLE_SERVER], {
    cwd: WORKSPACE,
    env: { ...passOn(environment.all), ...consoleEnvironment({ port, apiUrl: url, caFile }) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function announce({ terminal, signal }: Context, endpoint: Endpoint, url: string): Promise<void> {
  await using connection = connect(endpoint, signal);
  const signIn = await makeSignIn(connection.client, url);
  terminal.result({ type: 'console', consoleUrl: url, apiUrl: endpoint.url, signIn }, () =>
    [
      `console  ${url}, served from this computer for ${endpoint.url}`,
      `sign in  ${signIn.url}`,
      `         (works once, until ${signIn.expiresAt}, with the rights of your token)`,
      'Ctrl-C stops it',
    ].join('\n'),
  );
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(late);
}
