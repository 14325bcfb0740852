import {
  anchorsOf,
  appraise,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '@asterism/attestation';
import { CodedError, type Json } from '@asterism/bytes';
import type { Challenge } from '@asterism/contracts';
import { attestationBinding } from './binding.ts';
import type { ClientConnection } from './dial.ts';
import { PeerIdentityError } from './errors.ts';
import type { ApiExpectation } from './expectation.ts';
import { verifyIdentityProof } from './identity-proof.ts';

/**
 * An expectation that can be met: in `evidence` mode the attestation key must be pinned or certified, because a server
 * cannot be asked to activate a credential before anything is said to it.
 * @throws PeerIdentityError `expectation-invalid`
 */
export function requireExpectation(expectation: ApiExpectation): void {
  if (expectation.kind === 'evidence') {
    const { policy } = expectation;
    if (policy.variant !== 'tpm' || policy.tpm.attestationKey.trust !== 'endorsement-key') return;
    throw new PeerIdentityError(
      'expectation-invalid',
      'the policy for the API must pin its attestation key or name roots of AK certificates',
      { got: 'endorsement-key', want: ['pinned', 'certificate'] },
    );
  }
  if (expectation.kind !== 'pinned-key' || !/^[0-9a-f]{64}$/.test(expectation.spkiSha256)) {
    throw new PeerIdentityError(
      'expectation-invalid',
      'neither evidence nor a pinned key is expected of the API',
    );
  }
}

interface Exchange {
  readonly connection: ClientConnection;
  readonly nonce: Uint8Array;
  readonly now: Date;
}

/**
 * S07: decides whether this is the node's API, from its answer to the node's nonce on this connection.
 * @throws PeerIdentityError, whatever is wrong with the answer
 */
export async function verifyApi(
  expectation: ApiExpectation,
  challenge: Challenge,
  exchange: Exchange,
): Promise<void> {
  try {
    await verify(expectation, challenge, exchange);
  } catch (cause) {
    if (cause instanceof PeerIdentityError || !(cause instanceof CodedError)) throw cause;
    const code = expectation.kind === 'evidence' ? 'evidence-refused' : 'identity-proof-invalid';
    throw new PeerIdentityError(code, `the API's proof is refused: ${cause.message}`, { cause });
  }
}

async function verify(
  expectation: ApiExpectation,
  challenge: Challenge,
  { connection, nonce, now }: Exchange,
): Promise<void> {
  const binding = await attestationBinding('server', {
    exporter: connection.exporter,
    nonce,
    spki: connection.peerSpki,
    claims: challenge.claims as Json,
  });
  if (expectation.kind === 'pinned-key') {
    return verifyIdentityProof(challenge.identityProof, expectation.spkiSha256, binding);
  }
  if (challenge.evidence === undefined) {
    throw new PeerIdentityError('identity-missing', 'the API gave no evidence');
  }
  const { policy } = expectation;
  const verified = await verifyEvidence(parseEvidence(challenge.evidence), {
    binding,
    request: evidenceRequestOf(policy),
    activated: null,
    ekPublic: null,
    anchors: anchorsOf(policy),
    roots: VENDOR_ROOTS,
    collateral: NO_COLLATERAL,
    now,
  });
  const { result } = await appraise(verified, policy, { now, lock: { expected: 'open' } });
  if (result.outcome === 'accepted') return;
  const reasons = result.findings.map((finding) => `${finding.claim}: ${finding.message}`).join('; ');
  throw new PeerIdentityError('evidence-refused', `the API's evidence is ${result.outcome}: ${reasons}`, {
    got: result.findings,
  });
}
