import {
  makeActivation,
  VENDOR_ROOTS,
  verifySignedResult,
  verifyVerification,
  type LocalVerification,
  type SignedResultCheck,
} from '@asterism/attestation';
import { toBase64url } from '@asterism/bytes';
import type { Activation, Evidence, PolicyDocument, Verification } from '@asterism/contracts';

/** What the run asks for; everything that answers is the server's and is believed only as far as it is verified. */
export interface VerificationSource {
  /** The node's last evidence: it shows the keys that the credential is made for. */
  lastEvidence(): Promise<Evidence>;
  verify(request: { readonly nonce: string; readonly activation?: Activation }): Promise<Verification>;
  jwks(): Promise<unknown>;
}

export interface VerificationOrder {
  readonly nodeId: string;
  /** Hexadecimal. */
  readonly clusterId: string;
  readonly policy: PolicyDocument;
}

export interface VerificationReport {
  readonly nodeName: string;
  /** base64url. */
  readonly nonce: string;
  /** False: the node's last evidence showed no endorsement key to make one for. */
  readonly madeCredential: boolean;
  readonly local: LocalVerification;
  readonly signedResult: SignedResultCheck;
  readonly verifiedAt: Date;
}

export type Progress = 'preparing' | 'asking' | 'verifying';

/**
 * Own nonce, own credential, raw evidence, verified here. What the server concludes is compared afterwards and plays no part
 * in the verdict.
 */
export async function runVerification(
  order: VerificationOrder,
  source: VerificationSource,
  random: (length: number) => Uint8Array,
  clock: () => Date,
  onProgress: (progress: Progress) => void,
): Promise<VerificationReport> {
  onProgress('preparing');
  const nonce = toBase64url(random(32));
  const activation = await makeActivation(await source.lastEvidence(), random);
  onProgress('asking');
  const answer = await source.verify({
    nonce,
    ...(activation === null ? {} : { activation: activation.credential }),
  });
  onProgress('verifying');
  const now = clock();
  const local = await verifyVerification(answer, {
    nonce,
    nodeId: order.nodeId,
    expectedClusterId: order.clusterId,
    policy: order.policy,
    activation: activation?.expected ?? null,
    roots: VENDOR_ROOTS,
    now,
  });
  const signedResult = await verifySignedResult(answer, nonce, await source.jwks(), now);
  return {
    nodeName: answer.nodeName,
    nonce,
    madeCredential: activation !== null,
    local,
    signedResult,
    verifiedAt: now,
  };
}
