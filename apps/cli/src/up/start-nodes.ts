import { CONTROL_PLANE } from './layout.ts';
import { isSettled, readStatus, startNode, type AgentStatus, type LocalNode } from './node.ts';
import { waitFor } from './wait.ts';

export interface NodesOptions {
  readonly nodes: readonly LocalNode[];
  /** False where the cluster has yet to be created by a node of the control plane. */
  readonly clusterExists: boolean;
  readonly signal: AbortSignal;
  readonly progress: (detail: string) => void;
}

export type Settled = ReadonlyMap<LocalNode, AgentStatus>;

/** Booting more machines at once than this only makes each wait for the others' processor time. */
const AT_ONCE = 8;
const SECONDS = 120;
const SECONDS_A_NODE = 5;

/**
 * Starts every machine and waits until each is a member, or shut out by an operator. A new cluster's workers start when
 * it is created: before that they could only be told to come back later.
 * @throws NodeRefusedError, StartError `node-failed`, `timeout`, `interrupted`
 */
export async function startNodes(options: NodesOptions): Promise<Settled> {
  const { nodes, clusterExists } = options;
  const settled = new Map<LocalNode, AgentStatus>();
  if (clusterExists) await startAll(nodes, settled, options);
  else {
    const isFirst = ({ machine }: LocalNode): boolean => machine.pool === CONTROL_PLANE;
    await startAll(nodes.filter(isFirst), settled, options);
    await startAll(
      nodes.filter((node) => !isFirst(node)),
      settled,
      options,
    );
  }
  for (const { process } of nodes) process.restart = true;
  return settled;
}

async function startAll(
  nodes: readonly LocalNode[],
  settled: Map<LocalNode, AgentStatus>,
  options: NodesOptions,
): Promise<void> {
  const waiting = [...nodes];
  const booting = new Set<LocalNode>();
  const shown = new Map<LocalNode, string>();
  const waitingFor = {
    what: 'membership of every node',
    seconds: SECONDS + SECONDS_A_NODE * nodes.length,
    signal: options.signal,
    obstacle: async () => (await describeAll(booting)).join('; '),
  };
  await waitFor(waitingFor, async () => {
    for (const node of waiting.splice(0, AT_ONCE - booting.size)) {
      booting.add(node);
      await startNode(node);
    }
    for (const node of booting) {
      const status = await readStatus(node);
      if (status !== null && shown.get(node) !== status.state) {
        shown.set(node, status.state);
        options.progress(describe(node, status));
      }
      if (!(await isSettled(node, status)) || status === null) continue;
      booting.delete(node);
      settled.set(node, status);
    }
    return waiting.length + booting.size === 0 ? true : null;
  });
}

async function describeAll(nodes: Iterable<LocalNode>): Promise<readonly string[]> {
  return Promise.all(
    [...nodes].map(async (node) => {
      const status = await readStatus(node);
      return status === null ? `${node.machine.name} says nothing` : describe(node, status);
    }),
  );
}

function describe({ machine }: LocalNode, { state, reason }: AgentStatus): string {
  return reason === null ? `${machine.name} ${state}` : `${machine.name} ${state} (${reason})`;
}
