import { listNodes, readCluster, type NodeAccess } from '@asterism/api-client';
import { fingerprintOf, parsePublicKey } from '@asterism/ssh';
import { allOf, dataOf } from '../connection/client.ts';
import type { ApiSession } from '../connection/session.ts';
import type { Context } from '../context.ts';
import { NodeRefusedError, UsageError } from '../errors.ts';
import { readPolicyFile } from '../verify/policy-file.ts';
import { verifyNode } from '../verify/verify.ts';

interface AttestedHostOptions {
  readonly cluster: string;
  readonly host: NodeAccess;
  readonly options: { readonly policy?: string; readonly clusterId?: string };
  readonly context: Context;
}

/**
 * Host keys that the node's own evidence carries, verified in this process. Nobody is connected to before that.
 * @returns public keys, a line each
 * @throws NodeRefusedError where the evidence is not accepted, or names other keys than the API
 */
export async function attestedHostKeys(
  api: ApiSession,
  { cluster, host, options, context }: AttestedHostOptions,
): Promise<readonly string[]> {
  const { client } = api;
  const { name } = host.node;
  if (options.policy === undefined) {
    context.terminal.note(
      "warning: no --policy FILE: the server's active policy is used, so the server says what is good",
    );
  }
  const policy = options.policy === undefined ? null : await readPolicyFile(options.policy);
  const nodes = await allOf((query) => dataOf(listNodes({ client, path: { cluster }, query })));
  const node = nodes.find(({ id }) => id === host.node.id);
  if (node === undefined) throw new UsageError('usage', 'the cluster has no such node', { got: name });
  const { clusterId } = await dataOf(readCluster({ client, path: { cluster } }));
  const order = { cluster, clusterId: options.clusterId ?? clusterId, node, policy };
  const { outcome, claims, result } = await verifyNode(api, order);
  if (outcome !== 'accepted') {
    throw new NodeRefusedError(name, `its evidence is ${outcome}`, result.findings);
  }
  const known = keysInEvidence(host, claims?.sshHostKeys ?? []);
  context.terminal.note(`${name}: accepted, verified here; its evidence carries the host key`);
  return known;
}

/**
 * Those of the keys that the API tells whose fingerprint the evidence carries; what the API calls their fingerprint plays
 * no part.
 * @throws NodeRefusedError where there is none
 */
export function keysInEvidence(
  { node, hostKeys }: Pick<NodeAccess, 'node' | 'hostKeys'>,
  attested: readonly string[],
): readonly string[] {
  const lines = hostKeys.map(({ publicKey }) => publicKey);
  const known = lines.filter((line) => attested.includes(fingerprintOf(parsePublicKey(line))));
  if (known.length > 0) return known;
  throw new NodeRefusedError(node.name, 'its evidence carries another host key than the API knows', []);
}
