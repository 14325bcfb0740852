import { parseEvidence, toEarClaims } from '@asterism/attestation';
import type { MachineCollateral } from '../attestation/machine-collateral.ts';
import type { Appraisal, Cluster, Node, Verification, VerificationRequest } from '@asterism/contracts';
import { appraisals, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import { found } from '../http/require.ts';
import { NodeInterrogator } from '../platform/node-interrogator.ts';
import type { ResultSigner } from '../platform/result-signer.ts';
import type { EvidenceInquiries } from './evidence-inquiries.ts';

export interface StreamInterrogatorDependencies {
  readonly database: Database;
  readonly inquiries: EvidenceInquiries;
  readonly resultSigner: Pick<ResultSigner, 'sign'>;
  readonly collateral: Pick<MachineCollateral, 'bundle'>;
  readonly version: string;
}

const DEVELOPER = 'https://asterism.dev';
/** RFC 9782 §4.1. */
const RESULT_TYPE = 'eat+jwt';

/** Asks nodes over their streams, for operators. */
export class StreamInterrogator extends NodeInterrogator {
  readonly #with: StreamInterrogatorDependencies;

  constructor(dependencies: StreamInterrogatorDependencies) {
    super();
    this.#with = dependencies;
  }

  async reattest(cluster: Cluster, node: Node, requestedBy: string): Promise<Appraisal> {
    requireAskable(node);
    const { database, inquiries } = this.#with;
    const { appraisalId } = await inquiries.ask({
      clusterId: cluster.id,
      nodeId: node.id,
      purpose: 'reattestation',
      trigger: 'operator',
      requestedBy,
    });
    const appraisal =
      appraisalId === null ? undefined : await appraisals.find(database.queries, cluster.id, appraisalId);
    return found(appraisal, 'node-state-conflict', 'the answer of the node was not appraised');
  }

  async verify(
    cluster: Cluster,
    node: Node,
    request: VerificationRequest,
    requestedBy: string,
  ): Promise<Verification> {
    requireAskable(node);
    const { nonce } = request;
    const { answer, appraisal, policyVersion } = await this.#with.inquiries.ask({
      clusterId: cluster.id,
      nodeId: node.id,
      purpose: 'verification',
      trigger: 'verification',
      requestedBy,
      ...request,
    });
    if (answer.purpose !== 'verification')
      throw new Error('the answer is of another purpose than the request');
    return {
      nodeId: node.id,
      nodeName: node.name,
      clusterId: cluster.clusterId,
      nonce,
      evidence: answer.evidence,
      claims: answer.claims,
      activationSecret: answer.activationSecret ?? null,
      collateral: await this.#with.collateral.bundle(parseEvidence(answer.evidence)),
      policyVersion,
      appraisal,
      result: await this.#sign(node, nonce, appraisal, policyVersion),
    };
  }

  #sign(
    node: Node,
    nonce: string,
    result: Verification['appraisal'],
    policyVersion: number,
  ): Promise<string> {
    const { database, resultSigner, version } = this.#with;
    const claims = toEarClaims({
      node: node.name,
      result,
      policyId: `urn:uuid:${node.poolId}#${policyVersion}`,
      nonce,
      issuedAt: database.clock(),
      verifier: { developer: DEVELOPER, build: `asterism-api ${version}` },
    });
    return resultSigner.sign({ ...claims }, RESULT_TYPE);
  }
}

/** A quarantined or revoked node holds no stream, and it never will by waiting. */
function requireAskable({ state, stateReason }: Node): void {
  if (state !== 'quarantined' && state !== 'revoked') return;
  throw new ProblemError(
    'node-state-conflict',
    `the node is ${state}: ${stateReason ?? 'no reason was given'}`,
  );
}
