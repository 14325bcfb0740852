import { createSignInLink, listNodes, type Client, type Node } from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { signInUrl } from '../console/server.ts';
import type { ReadyFile } from '../connection/endpoint.ts';
import { toTable } from '../output/table.ts';
import { CLUSTER } from './layout.ts';
import type { LocalNode } from './node.ts';

/** The nodes as the API knows them, each with the machine that it runs on. */
export async function describeNodes(
  client: Client,
  local: readonly LocalNode[],
): Promise<ReadyFile['nodes']> {
  const path = { cluster: CLUSTER };
  const nodes = await allOf((query) => dataOf(listNodes({ client, path, query })));
  return nodes.flatMap((node) => {
    const on = local.find(({ machine }) => machine.endorsementKeys.includes(node.identity));
    return on === undefined ? [] : [describe(node, on)];
  });
}

function describe(node: Node, { machine, process, sshPort }: LocalNode): ReadyFile['nodes'][number] {
  const { name, poolName: pool, role, state } = node;
  return { name, pool, role, state, pid: process.pid, machine: machine.name, sshPort };
}

export function toNodeTable(nodes: ReadyFile['nodes']): string {
  return toTable(
    [
      { title: 'node', value: ({ name }: ReadyFile['nodes'][number]) => name },
      { title: 'pool', value: ({ pool }) => pool },
      { title: 'role', value: ({ role }) => role },
      { title: 'state', value: ({ state }) => state },
      { title: 'machine', value: ({ machine }) => machine },
      { title: 'pid', value: ({ pid }) => pid },
      { title: 'ssh', value: ({ sshPort }) => (sshPort === null ? '' : `127.0.0.1:${sshPort}`) },
    ],
    nodes,
  );
}

export interface SignIn {
  readonly url: string;
  readonly expiresAt: string;
}

/** A link that signs in once, within ten minutes, with the rights of the caller's token. */
export async function makeSignIn(client: Client, console: string): Promise<SignIn> {
  const { code, expiresAt } = await dataOf(createSignInLink({ client }));
  return { url: signInUrl(console, code), expiresAt };
}
