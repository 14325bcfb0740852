import type { Client } from '@asterism/api-client';
import type { Steps } from '../output/steps.ts';
import { connectLocal } from './connect-local.ts';
import { installApi, startApi, type ApiReady, type ApiServer } from './api-server.ts';
import type { OperatorCertificate } from './authority.ts';
import { prepareCluster } from './cluster.ts';
import { installConsole, startConsole } from './console-process.ts';
import { computeExpectations, type Expectations } from './expectations.ts';
import type { Host } from './machine-process.ts';
import { installNode, type LocalNode } from './node.ts';
import type { Ports } from './ports.ts';
import { prepare, type Prepared } from './prepare.ts';
import { prepareSshServer, whyNoSsh } from './ssh-server.ts';
import { startNodes } from './start-nodes.ts';
import type { Supervised } from './supervised.ts';
import { toCounts } from '../output/counts.ts';

export interface StartOptions {
  readonly host: Host;
  readonly runDirectory: string;
  readonly ports: Ports;
  readonly nodes: number;
  readonly steps: Steps;
  /** Takes what is to be stopped, in the order in which it was started. */
  readonly running: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

export interface Started {
  readonly api: ApiReady;
  readonly certificate: OperatorCertificate;
  readonly client: Client;
  readonly nodes: readonly LocalNode[];
}

/** Longer than its launcher waits for it. */
const API_GRACE_MS = 17_000;
const GRACE_MS = 5_000;

/** Everything between an open data directory and a cluster whose nodes are members. */
export async function start(options: StartOptions): Promise<Started> {
  const { host, ports, steps, running, signal } = options;
  const prepared = await prepare({ ...options, directory: host.directory, console: ports.console !== null });
  const api = await steps.run(
    'API',
    () => startApiMachine(options, prepared),
    ({ ready }) => ready.operatorUrl,
  );
  const { client } = running.use(
    await connectLocal(host.directory, api.ready.operatorUrl, prepared.certificate.authority, signal),
  );
  const console = ports.console === null ? undefined : startConsoleBeside(options, prepared, api.ready);
  // Awaited below, after the nodes: they need not wait for it.
  console?.catch(() => undefined);
  const expectations = await computeExpectations(host.directory, prepared, api);
  const cluster = await steps.run(
    'cluster',
    () => prepareCluster(client, expectations.pools),
    ({ created, policies }) => {
      const versions = policies.map(({ pool, version }) => `policy ${version} of ${pool}`);
      return [created ? 'created' : 'found', ...versions].join(', ');
    },
  );
  const nodes = await installNodes(options, prepared, expectations);
  const settled = await steps.run(
    'nodes',
    (progress) => startNodes({ nodes, clusterExists: !cluster.created, signal, progress }),
    (states) => toCounts(countStates([...states.values()].map(({ state }) => state))),
  );
  for (const [{ machine }, { state, reason }] of settled) {
    // Shut out, or not let in yet, by an operator: known, and no reason not to start the others.
    if (state !== 'member') steps.note(`  ${machine.name} is ${state}: ${reason ?? 'no reason was given'}`);
  }
  await console;
  return { api: api.ready, certificate: prepared.certificate, client, nodes };
}

async function startApiMachine(
  { host, ports, running, signal }: StartOptions,
  { apiMachine, certificate }: Prepared,
): Promise<{ readonly server: ApiServer; readonly ready: ApiReady }> {
  const server = await installApi(host, {
    machine: apiMachine,
    certificate,
    operatorPort: ports.api,
    nodePort: ports.node,
  });
  running.defer(() => server.process.stop(API_GRACE_MS));
  return { server, ready: await startApi(host, server, signal) };
}

function startConsoleBeside(
  { host, ports, steps, running, signal }: StartOptions,
  { certificate }: Prepared,
  api: ApiReady,
): Promise<void> {
  const port = ports.console ?? 0;
  const process = installConsole(host, { port, apiUrl: api.operatorUrl, caFile: certificate.authority });
  running.defer(() => process.stop(GRACE_MS));
  return steps.run('console', () => startConsole(process, port, signal));
}

async function installNodes(
  { host, ports, steps, running }: StartOptions,
  { machines }: Prepared,
  { sharedConfigurations }: Expectations,
): Promise<readonly LocalNode[]> {
  const nodes: LocalNode[] = [];
  const obstacle = await whyNoSsh();
  if (obstacle !== null) steps.note(`  nodes have no sshd: ${obstacle}`);
  const taken = new Set(Object.values(ports).filter((port) => port !== null));
  for (const [index, machine] of machines.entries()) {
    const ssh = obstacle === null ? await prepareSshServer(machine.folder, index, taken) : null;
    nodes.push(await installNode(host, machine, sharedConfigurations.get(machine.pool) ?? '', ssh));
  }
  running.defer(() => stopAll(nodes.map(({ process }) => process)));
  return nodes;
}

async function stopAll(processes: readonly Supervised[]): Promise<void> {
  await Promise.all(processes.map((process) => process.stop(GRACE_MS)));
}

function countStates(states: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
