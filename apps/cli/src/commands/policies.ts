import {
  activatePolicy,
  createPolicy,
  dryRunPolicy,
  readPolicy,
  readPool,
  listPolicies,
  rollbackPolicy,
  type Client,
  type PolicyVersion,
} from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toTable } from '../output/table.ts';
import { readPolicyFile, toSdkPolicy } from '../verify/policy-file.ts';

interface InCluster {
  readonly cluster?: string;
}

export async function listAll({
  context,
  args: [pool = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool };
    const versions = await allOf((query) => dataOf(listPolicies({ client, path, query })));
    context.terminal.result(versions, () =>
      toTable(
        [
          { title: 'version', value: ({ version }: PolicyVersion) => version },
          { title: 'active', value: ({ active }) => (active ? 'yes' : '') },
          { title: 'approval', value: ({ document }) => document.approval },
          { title: 'created', value: ({ createdAt }) => createdAt },
          { title: 'by', value: ({ createdBy }) => createdBy },
          { title: 'comment', value: ({ comment }) => comment },
        ],
        versions,
      ),
    );
  });
}

export async function show({
  context,
  args: [pool = '', text],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  const version = toVersion(text);
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool, version };
    const found = await dataOf(readPolicy({ client, path }));
    // The document itself, so that it can be edited and given back to `policies create`.
    context.terminal.result(found, () => JSON.stringify(found.document, null, 2));
  });
}

interface NewPolicy extends InCluster {
  readonly document: string;
  readonly comment: string;
}

export async function create({
  context,
  args: [pool = ''],
  options,
}: Invocation<NewPolicy>): Promise<undefined> {
  const document = await readPolicyFile(options.document);
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool };
    const made = await dataOf(
      createPolicy({ client, path, body: { document: toSdkPolicy(document), comment: options.comment } }),
    );
    context.terminal.result(made, () => `version ${made.version} of ${pool} is written, and not active yet`);
  });
}

export async function activate({
  context,
  args: [pool = '', text],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  const version = toVersion(text);
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool, version };
    const headers = await ifMatchOf(client, path);
    const active = await dataOf(activatePolicy({ client, path, headers }));
    context.terminal.result(active, () => `version ${active.version} of ${pool} is active`);
  });
}

export async function rollBack({
  context,
  args: [pool = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool };
    const headers = await ifMatchOf(client, path);
    const active = await dataOf(rollbackPolicy({ client, path, headers }));
    context.terminal.result(active, () => `version ${active.version} of ${pool} is active again`);
  });
}

export async function dryRun({
  context,
  args: [pool = ''],
  options,
}: Invocation<NewPolicy>): Promise<ExitCode> {
  const document = await readPolicyFile(options.document);
  return withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), pool };
    const tried = await dataOf(dryRunPolicy({ client, path, body: { document: toSdkPolicy(document) } }));
    context.terminal.result(tried, () => {
      const table = toTable(
        [
          { title: 'node', value: (node: (typeof tried.nodes)[number]) => node.name },
          { title: 'now', value: ({ current }) => current },
          { title: 'then', value: ({ result }) => result?.outcome ?? 'no evidence' },
          {
            title: 'because',
            value: ({ result }) => result?.findings.map(({ message }) => message).join('; '),
          },
        ],
        tried.nodes,
      );
      const { accepted, refused, undecided, wouldBeLost } = tried.summary;
      const lost =
        wouldBeLost.length === 0 ? 'no node would be lost' : `would be lost: ${wouldBeLost.join(', ')}`;
      return `${table}\n${accepted} accepted, ${refused} refused, ${undecided} undecided; ${lost}`;
    });
    if (tried.summary.wouldBeLost.length > 0 || tried.summary.refused > 0) return EXIT.refused;
    return tried.summary.undecided > 0 ? EXIT.undecided : EXIT.good;
  });
}

/** What is active changes with the pool's revision: a change that was made meanwhile is not overwritten. */
async function ifMatchOf(
  client: Client,
  { cluster, pool }: { cluster: string; pool: string },
): Promise<{ 'If-Match': string }> {
  const { revision } = await dataOf(readPool({ client, path: { cluster, pool } }));
  return { 'If-Match': `"${revision}"` };
}

/** @throws UsageError */
export function toVersion(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) {
    throw new UsageError('usage', 'a version of a policy is a whole number from 1', { got: text });
  }
  return Number(text);
}
