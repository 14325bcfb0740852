import type { Appraisal, Cluster, Node, Verification, VerificationRequest } from '@asterism/contracts';

/**
 * Asks a connected node for evidence, on whichever replica its stream is, and waits for what came of it. The node side
 * provides it; this class is the token by which operator services get it.
 */
export abstract class NodeInterrogator {
  /** @throws ProblemError `node-offline`, `timeout`, `node-state-conflict` */
  abstract reattest(cluster: Cluster, node: Node, requestedBy: string): Promise<Appraisal>;

  /** @throws ProblemError `node-offline`, `timeout`, `policy-none-active`, `node-state-conflict` */
  abstract verify(
    cluster: Cluster,
    node: Node,
    request: VerificationRequest,
    requestedBy: string,
  ): Promise<Verification>;
}
