import { setTimeout as delay } from 'node:timers/promises';
import { followClusterEvents, listNodes, type Client, type PlatformEvent } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';

interface NodeChange {
  readonly node: string;
  readonly state: string;
  readonly reason: string | null;
  readonly at: string;
}

export interface FollowOptions {
  readonly client: Client;
  readonly cluster: string;
  readonly signal: AbortSignal;
  readonly show: (change: NodeChange) => void;
}

const RETRY_MS = 500;

/** Shows every change of a node's state until the signal; goes on where it was when the API has been away. */
export async function followNodes({ client, cluster, signal, show }: FollowOptions): Promise<void> {
  const path = { cluster };
  const names = new Map<string, string>();
  let last: string | undefined;
  while (!signal.aborted) {
    const { stream } = await followClusterEvents({
      client,
      path,
      signal,
      sseMaxRetryAttempts: 1,
      ...(last === undefined ? {} : { headers: { 'Last-Event-ID': last } }),
    });
    for await (const event of stream as AsyncIterable<PlatformEvent>) {
      last = event.id;
      if (event.type !== 'node.state') continue;
      const id = String(event.data['nodeId']);
      if (!names.has(id)) await readNames(client, path, names);
      show({
        node: names.get(id) ?? id,
        state: String(event.data['state']),
        reason: typeof event.data['reason'] === 'string' ? event.data['reason'] : null,
        at: event.at,
      });
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readNames(
  client: Client,
  path: { readonly cluster: string },
  names: Map<string, string>,
): Promise<void> {
  // Without the API there are only ids, until it is back.
  const nodes = await allOf((query) => dataOf(listNodes({ client, path, query }))).catch(() => []);
  for (const { id, name } of nodes) names.set(id, name);
}
