import { cancelRewrap, createRewrap, listRewraps, readRewrap, type Rewrap } from '@asterism/api-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf } from '../connection/client.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { Steps } from '../output/steps.ts';
import { toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}

const POLL_MS = 500;
const LATEST = 20;

/** Goes on in the API whatever becomes of this command. */
export async function rewrap({
  context,
  options,
}: Invocation<InCluster & { readonly provider: string; readonly wait: boolean }>): Promise<ExitCode> {
  const { terminal, signal } = context;
  return withApi(context, async (api) => {
    const cluster = await api.cluster(options.cluster);
    const begun = await dataOf(
      createRewrap({ client: api.client, path: { cluster }, body: { provider: options.provider } }),
    );
    const steps = new Steps(terminal, () => performance.now());
    const now = options.wait
      ? await steps.run('rewrap', (update) => follow(api, cluster, begun, signal, update), toProgress)
      : begun;
    terminal.result(now, () => toRewrapTable([now]));
    if (now.state === 'cancelled') return EXIT.refused;
    return now.state === 'done' || !options.wait ? EXIT.good : EXIT.undecided;
  });
}

/** Until it has ended, or somebody stops this command. */
async function follow(
  { client }: ApiSession,
  cluster: string,
  begun: Rewrap,
  signal: AbortSignal,
  update: (detail: string) => void,
): Promise<Rewrap> {
  let now = begun;
  let said = '';
  while (isUnderWay(now) && !signal.aborted) {
    const progress = toProgress(now);
    if (progress !== said) update(progress);
    said = progress;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) now = await dataOf(readRewrap({ client, path: { cluster, rewrap: begun.id } }));
  }
  return now;
}

function isUnderWay({ state }: Rewrap): boolean {
  return state === 'running' || state === 'waiting';
}

function toProgress({ state, done, total, reason }: Rewrap): string {
  return `${done} of ${total} keys${state === 'running' ? '' : `, ${state}`}${reason === null ? '' : `: ${reason}`}`;
}

export async function listLatest({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const { items } = await dataOf(listRewraps({ client, path, query: { limit: LATEST } }));
    context.terminal.result(items, () => toRewrapTable(items));
  });
}

export async function cancel({
  context,
  args: [id = ''],
  options,
}: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), rewrap: id };
    const ended = await dataOf(cancelRewrap({ client, path }));
    context.terminal.result(ended, () => toRewrapTable([ended]));
  });
}

function toRewrapTable(rewraps: readonly Rewrap[]): string {
  return toTable(
    [
      { title: 'id', value: ({ id }) => id },
      { title: 'provider', value: ({ provider }) => provider },
      { title: 'state', value: ({ state }) => state },
      { title: 'done', value: ({ done, total }) => `${done} of ${total}` },
      { title: 'why', value: ({ reason }) => reason },
      { title: 'begun', value: ({ createdAt }) => createdAt },
      { title: 'ended', value: ({ finishedAt }) => finishedAt },
    ],
    rewraps,
  );
}
