import {
  attestNode,
  readNode,
  readNodeEvidence,
  listNodeAppraisals,
  listNodes,
  quarantineNode,
  releaseNode,
  revokeNode,
  type Appraisal,
  type Node,
} from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exitCodeOfOutcome, toFindings } from '../output/findings.ts';
import { toFields, toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}
interface WithReason extends InCluster {
  readonly reason: string;
}

export async function listAll({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const nodes = await allOf((query) => dataOf(listNodes({ client, path, query })));
    context.terminal.result(nodes, () =>
      toTable(
        [
          { title: 'name', value: ({ name }: Node) => name },
          { title: 'pool', value: ({ poolName }) => poolName },
          { title: 'role', value: ({ role }) => role },
          { title: 'state', value: ({ state }) => state },
          { title: 'last appraisal', value: ({ lastAppraisal }) => lastAppraisal?.outcome },
          { title: 'at', value: ({ lastAppraisal }) => lastAppraisal?.appraisedAt },
          { title: 'why', value: ({ stateReason }) => stateReason },
        ],
        nodes,
      ),
    );
  });
}

export async function show({
  context,
  args: [node = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async (api) => {
    const found = await dataOf(readNode({ client: api.client, path: await pathOf(api, options, node) }));
    context.terminal.result(found, () => describe(found));
  });
}

export async function evidence({
  context,
  args: [node = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async (api) => {
    const stored = await dataOf(
      readNodeEvidence({ client: api.client, path: await pathOf(api, options, node) }),
    );
    context.terminal.result(stored, () => JSON.stringify(stored, null, 2));
  });
}

interface Listing extends InCluster {
  readonly limit: number;
}

export async function appraisals({
  context,
  args: [node = ''],
  options,
}: Invocation<Listing>): Promise<undefined> {
  await withApi(context, async (api) => {
    const path = await pathOf(api, options, node);
    const { items } = await dataOf(
      listNodeAppraisals({ client: api.client, path, query: { limit: options.limit } }),
    );
    context.terminal.result(items, () =>
      toTable(
        [
          { title: 'at', value: ({ appraisedAt }: Appraisal) => appraisedAt },
          { title: 'trigger', value: ({ trigger }) => trigger },
          { title: 'policy', value: ({ policyVersion }) => policyVersion },
          { title: 'outcome', value: ({ outcome }) => outcome },
          { title: 'findings', value: ({ findings }) => findings.map(({ message }) => message).join('; ') },
        ],
        items,
      ),
    );
  });
}

export async function attest({
  context,
  args: [node = ''],
  options,
}: Invocation<InCluster>): Promise<ExitCode> {
  return withApi(context, async (api) => {
    const made = await dataOf(attestNode({ client: api.client, path: await pathOf(api, options, node) }));
    context.terminal.result(made, () =>
      [`${node}: ${made.outcome}`, ...toFindings(made.findings)].join('\n'),
    );
    return exitCodeOfOutcome(made.outcome);
  });
}

export async function quarantine({
  context,
  args: [node = ''],
  options,
}: Invocation<WithReason>): Promise<undefined> {
  await withApi(context, async (api) => {
    const path = await pathOf(api, options, node);
    const changed = await dataOf(
      quarantineNode({ client: api.client, path, body: { reason: options.reason } }),
    );
    context.terminal.result(changed, () => `${changed.name} is ${changed.state}`);
  });
}

export async function release({
  context,
  args: [node = ''],
  options,
}: Invocation<WithReason>): Promise<undefined> {
  await withApi(context, async (api) => {
    const path = await pathOf(api, options, node);
    const changed = await dataOf(releaseNode({ client: api.client, path, body: { reason: options.reason } }));
    context.terminal.result(changed, () => `${changed.name} is ${changed.state}`);
  });
}

interface Revocation extends WithReason {
  readonly confirm: string;
}

export async function revoke({
  context,
  args: [node = ''],
  options,
}: Invocation<Revocation>): Promise<ExitCode> {
  const { reason, confirm } = options;
  return withApi(context, async (api) => {
    const path = await pathOf(api, options, node);
    const changed = await dataOf(revokeNode({ client: api.client, path, body: { reason, confirm } }));
    context.terminal.result(changed, () => `${changed.name} is ${changed.state}`);
    return EXIT.good;
  });
}

async function pathOf(
  api: ApiSession,
  options: InCluster,
  node: string,
): Promise<{ cluster: string; node: string }> {
  return { cluster: await api.cluster(options.cluster), node };
}

function describe(node: Node): string {
  const { connection } = node;
  return toFields([
    ['name', node.name],
    ['id', node.id],
    ['pool', node.poolName],
    ['role', node.role],
    ['state', node.stateReason === null ? node.state : `${node.state}: ${node.stateReason}`],
    ['identity', node.identity],
    ['variant', node.variant],
    ['boots', node.boots],
    ['agent', node.agentVersion],
    [
      'state disk',
      node.stateDisk === null ? null : `${node.stateDisk.id}, key version ${node.stateDisk.keyVersion}`,
    ],
    [
      'last appraisal',
      node.lastAppraisal &&
        `${node.lastAppraisal.outcome} at ${node.lastAppraisal.appraisedAt}, policy ${node.lastAppraisal.policyVersion}`,
    ],
    ['next appraisal', node.nextAppraisalAt],
    [
      'connection',
      connection &&
        `${connection.remoteAddress}, ${connection.tlsVersion}, ${connection.cipher}, ${connection.keyExchange}`,
    ],
  ]);
}
