import { Injectable } from '@nestjs/common';
import type { Cluster, NodeAccess } from '@asterism/contracts';
import { nodeAccess, nodes, sshSessions, type Page, type PageQuery } from '@asterism/persistence';
import { found } from '../http/require.ts';
import { Platform } from '../platform/platform.ts';
import { toNodeAccess } from './to-node-access.ts';

type SessionsQuery = PageQuery &
  Omit<sshSessions.SessionFilter, 'nodeId'> & { readonly node?: string | undefined };

/** What nodes have said: who is logged in, and what is in force. */
@Injectable()
export class SshSessionsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async list(cluster: Cluster, { node, ...query }: SessionsQuery) {
    const { queries } = this.#platform.database;
    if (node === undefined) return sshSessions.list(queries, cluster.id, query);
    const { id } = found(
      await nodes.find(queries, cluster.id, node),
      'node-unknown',
      'no such node in this cluster',
    );
    return sshSessions.list(queries, cluster.id, { ...query, nodeId: id });
  }

  async listNodes(cluster: Cluster, query: PageQuery): Promise<Page<NodeAccess>> {
    const { items, nextCursor } = await nodeAccess.list(this.#platform.database.queries, cluster.id, query);
    return { items: items.map(toNodeAccess), nextCursor };
  }

  async readNode(cluster: Cluster, idOrName: string): Promise<NodeAccess> {
    const row = await nodeAccess.find(this.#platform.database.queries, cluster.id, idOrName);
    return toNodeAccess(found(row, 'node-unknown', 'no such node in this cluster'));
  }
}
