import { listClusters, type Client } from '@asterism/api-client';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { allOf, connect, dataOf } from './client.ts';
import { findEndpoint, type Endpoint } from './endpoint.ts';

export interface ApiSession {
  readonly client: Client;
  readonly endpoint: Endpoint;
  /** The cluster that was named, or the only one there is. */
  cluster(named: string | undefined): Promise<string>;
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withApi<Result>(
  context: Context,
  work: (api: ApiSession) => Promise<Result>,
): Promise<Result> {
  const endpoint = await findEndpoint(context);
  await using connection = connect(endpoint, context.signal);
  const { client } = connection;
  return await work({ client, endpoint, cluster: (named) => findCluster(client, endpoint, named) });
}

async function findCluster(client: Client, endpoint: Endpoint, named: string | undefined): Promise<string> {
  const given = named ?? endpoint.cluster;
  if (given !== null && given !== undefined) return given;
  const clusters = await allOf((query) => dataOf(listClusters({ client, query })));
  const [only] = clusters;
  if (clusters.length === 1 && only !== undefined) return only.name;
  throw new UsageError('name-ambiguous', 'which cluster? name it with --cluster', {
    got: clusters.map(({ name }) => name).join(', ') || 'none',
  });
}
