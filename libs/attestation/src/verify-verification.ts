import { CodedError, fromBase64url, fromHex } from '@asterism/bytes';
import {
  verificationClaimsSchema,
  type AppraisalResult,
  type PolicyDocument,
  type Verification,
  type VerificationClaims,
} from '@asterism/contracts';
import { confirmActivation } from './activation.ts';
import { appraise } from './appraise/appraise.ts';
import { verificationBinding } from './binding.ts';
import { EvidenceFormatError, EvidenceNotGenuineError, EvidenceRefusedError } from './errors.ts';
import { parseEvidence } from './parse/parse-evidence.ts';
import { anchorsOf, evidenceRequestOf } from './request.ts';
import { refusedResult } from './refused-result.ts';
import { readCollateralBundle } from './collateral-bundle.ts';
import type { VendorRoots } from './expectations.ts';
import type { ActivatedKey } from './stages.ts';
import { verifyEvidence } from './verify/verify-evidence.ts';

export interface VerificationContext {
  /** The nonce that the caller made, base64url. */
  readonly nonce: string;
  /** The node that the caller asked about. */
  readonly nodeId: string;
  /** Hexadecimal; from the caller's own knowledge where he has it, else as the cluster's record says. */
  readonly expectedClusterId: string;
  readonly policy: PolicyDocument;
  /**
   * The secret in the credential that the caller made himself, and the keys (TPMT_PUBLIC) he made it for. Null where he
   * made none: then a policy that trusts endorsement keys cannot be decided, and is not accepted.
   */
  readonly activation: {
    readonly secret: Uint8Array;
    readonly akPublic: Uint8Array;
    readonly ekPublic: Uint8Array;
  } | null;
  /** `VENDOR_ROOTS`, outside of laboratories. */
  readonly roots: VendorRoots;
  readonly now: Date;
}

export interface LocalVerification {
  /** The caller's own verdict. */
  readonly result: AppraisalResult;
  /** What the server said. */
  readonly server: AppraisalResult;
  readonly agreesWithServer: boolean;
  /** The stage that decided: one before `appraise` is a refusal (or no decision) without looking at the policy's values. */
  readonly decidedBy: 'parse' | 'verify' | 'appraise';
  /** Fingerprints that the node stated; null unless the evidence is genuine, since only then are they the node's. */
  readonly claims: VerificationClaims | null;
}

/**
 * Verifies an answer to `POST …/verifications` where the caller is, in a browser or a command line: parse, bind, verify,
 * appraise. Collateral comes with the answer, so that the caller needs no way to the vendors: each item is proved under the
 * vendors' roots like any other, and a stale or forged one decides nothing. The server's verdict plays no part. Evidence that is malformed or not genuine gives a refused result
 * with the reason; only a policy that cannot be applied throws.
 * @throws PolicyError
 */
export async function verifyVerification(
  response: Verification,
  context: VerificationContext,
): Promise<LocalVerification> {
  const local = await verifyLocally(response, context);
  const server = response.appraisal;
  return { ...local, server, agreesWithServer: server.outcome === local.result.outcome };
}

async function verifyLocally(
  response: Verification,
  context: VerificationContext,
): Promise<Pick<LocalVerification, 'result' | 'decidedBy' | 'claims'>> {
  const { policy, now } = context;
  try {
    requireSame('nonce', response.nonce, context.nonce);
    requireSame('node', response.nodeId, context.nodeId);
    requireSame('cluster identity', response.clusterId, context.expectedClusterId);
    const claims = claimsOf(response);
    const clusterId = fromHex(context.expectedClusterId);
    const nonce = fromBase64url(context.nonce);
    const verified = await verifyEvidence(parseEvidence(response.evidence), {
      binding: await verificationBinding(clusterId, context.nodeId, nonce, claims),
      request: evidenceRequestOf(policy),
      activated: await activatedBy(response, context),
      ekPublic: context.activation?.ekPublic ?? null,
      anchors: anchorsOf(policy),
      roots: context.roots,
      collateral: await readCollateralBundle(response.collateral),
      now,
    });
    const { result } = await appraise(verified, policy, { now, lock: { expected: 'locked', clusterId } });
    return { result, decidedBy: 'appraise', claims };
  } catch (error) {
    if (!isVerdict(error)) throw error;
    return {
      result: refusedResult(error, policy),
      decidedBy: error.outcome === 'input' ? 'parse' : 'verify',
      claims: null,
    };
  }
}

/** What speaks of the evidence; a policy that cannot be applied, or a fault, does not. */
function isVerdict(error: unknown): error is CodedError {
  if (error instanceof EvidenceRefusedError) return true;
  return error instanceof CodedError && error.outcome !== 'policy' && error.outcome !== 'fault';
}

async function activatedBy(
  { activationSecret }: Verification,
  { activation }: VerificationContext,
): Promise<ActivatedKey | null> {
  if (activation === null) return null;
  if (activationSecret === null) {
    throw new EvidenceNotGenuineError(
      'activation-failed',
      'the node did not open the credential that was made for it',
    );
  }
  const { secret: expectedSecret, akPublic, ekPublic } = activation;
  return confirmActivation({
    expectedSecret,
    givenSecret: fromBase64url(activationSecret),
    akPublic,
    ekPublic,
  });
}

function claimsOf({ claims }: Verification): VerificationClaims {
  const checked = verificationClaimsSchema.safeParse(claims);
  if (checked.success) return checked.data;
  throw new EvidenceFormatError('evidence-malformed', 'claims are not those of a verification', {
    cause: checked.error,
  });
}

function requireSame(what: string, got: string, want: string): void {
  if (got === want) return;
  throw new EvidenceNotGenuineError('binding-mismatch', `answer is for another ${what}`, { got, want });
}
