import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Client } from '@asterism/api-client';
import type { ReadyFile } from '../connection/endpoint.ts';
import { consoleUrl } from '../console/server.ts';
import type { Context, Invocation } from '../context.ts';
import { StartError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { Steps } from '../output/steps.ts';
import { toPrintable } from '../output/terminal.ts';
import { openDataDirectory, writeAtomically, type DataDirectory } from './data-directory.ts';
import { followNodes } from './follow-nodes.ts';
import { Guard } from './guard.ts';
import { CLUSTER, filesOf } from './layout.ts';
import { choosePorts, type Ports, type PortWishes } from './ports.ts';
import { requirePrograms } from './programs.ts';
import { writeReadyFile } from './ready-file.ts';
import { makeRunDirectory } from './run-directory.ts';
import { start, type Started } from './start.ts';
import { describeNodes, makeSignIn, toNodeTable } from './summary.ts';
import type { ProcessEnd } from './supervised.ts';

export interface UpOptions extends PortWishes {
  readonly nodes: number;
  readonly data: string;
  readonly readyFile?: string;
}

/** `asterism up`: starts everything, says so, and keeps it running until it is told to stop. */
export async function up({ context, options }: Invocation<UpOptions>): Promise<ExitCode> {
  const { terminal, environment, signal } = context;
  const steps = new Steps(terminal, () => performance.now());
  const began = performance.now();
  await requirePrograms(environment.all['PATH'] ?? '');
  const remembered = resolve(options.data, 'run/ports.json');
  const ports = await choosePorts(options, remembered);
  const directory = await openDataDirectory(options.data);
  const files = filesOf(directory);
  const readyFiles = [files.ready, ...(options.readyFile === undefined ? [] : [resolve(options.readyFile)])];

  await using running = new AsyncDisposableStack();
  const guard = await Guard.acquire(directory);
  running.defer(() => guard.release());
  const runDirectory = await makeRunDirectory(directory.root);
  guard.folder(runDirectory);
  // Who waits for the file must not find one of an earlier start.
  await removeAll(readyFiles);
  await writeAtomically(files.ports, `${JSON.stringify(ports)}\n`);
  running.defer(() => removeAll([files.ready]));

  const host = { directory, guard, environment: environment.all, onExit: reportExit(context, steps) };
  const started = await start({
    host,
    runDirectory,
    ports,
    nodes: options.nodes,
    steps,
    running,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? new StartError('interrupted', 'stopped before every node was a member') : error;
  });
  const { client } = started;
  const ready = await describe(directory, ports, started);
  for (const file of readyFiles) await writeReadyFile(file, ready);
  await announce(context, client, ready, (performance.now() - began) / 1000);

  await followNodes({
    client,
    cluster: CLUSTER,
    signal,
    show: (change) =>
      terminal.result({ type: 'node', ...change }, () => {
        const why = change.reason === null ? '' : `: ${change.reason}`;
        return toPrintable(`${change.at}  ${change.node} is ${change.state}${why}`);
      }),
  });
  steps.note('stopping');
  return EXIT.good;
}

async function describe(
  directory: DataDirectory,
  ports: Ports,
  { api, certificate, client, nodes }: Started,
): Promise<ReadyFile> {
  return {
    apiUrl: api.operatorUrl,
    nodeUrl: api.nodeUrl,
    consoleUrl: ports.console === null ? null : consoleUrl(ports.console),
    caFile: certificate.authority,
    tokenFile: filesOf(directory).token,
    cluster: CLUSTER,
    nodes: await describeNodes(client, nodes),
  };
}

async function announce(
  { terminal }: Context,
  client: Client,
  ready: ReadyFile,
  seconds: number,
): Promise<void> {
  const signIn = ready.consoleUrl === null ? null : await makeSignIn(client, ready.consoleUrl);
  terminal.result({ type: 'ready', ...ready, signIn }, () => {
    const console =
      signIn === null
        ? []
        : [
            `console  ${ready.consoleUrl}`,
            `sign in  ${signIn.url}`,
            `         (works once, until ${signIn.expiresAt})`,
          ];
    return [
      '',
      toNodeTable(ready.nodes),
      '',
      ...console,
      `API      ${ready.apiUrl} (documentation at ${ready.apiUrl}/docs)`,
      `ready after ${seconds.toFixed(1)} s; Ctrl-C stops everything`,
    ].join('\n');
  });
}

function reportExit({ signal }: Context, steps: Steps): (end: ProcessEnd) => void {
  return ({ name, code, signal: by, restartsIn }) => {
    if (signal.aborted || restartsIn === null) return;
    const how = by === null ? `with exit code ${code ?? 'unknown'}` : `by ${by}`;
    steps.note(`${name} ended ${how}; it starts again in ${restartsIn / 1000} s`);
  };
}

async function removeAll(files: readonly string[]): Promise<void> {
  try {
    await Promise.all(files.map((file) => rm(file, { force: true })));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StartError('data-directory-unwritable', `a ready file cannot be removed (${reason})`, {
      cause,
    });
  }
}
