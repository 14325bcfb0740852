import {
  anchorsOf,
  appraise,
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceUndecidedError,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  type ActivatedKey,
  type Appraisal,
  type LockExpectation,
} from '@asterism/attestation';
import type { Evidence, PolicyDocument } from '@asterism/contracts';
import { ProblemError } from '../http/problem-error.ts';

export interface EvidenceToAppraise {
  readonly evidence: Evidence;
  /** The 32 bytes it must carry, computed from our view of the exchange. */
  readonly binding: Uint8Array;
  readonly policy: PolicyDocument;
  readonly activated: ActivatedKey;
  readonly ekPublic: Uint8Array;
  readonly lock: LockExpectation;
  readonly now: Date;
}

/**
 * parse → verify → appraise under a pool's policy. A refused or undecided appraisal is returned, not thrown.
 * @throws ProblemError `evidence-invalid`, `evidence-not-genuine`, `evidence-variant-wrong`, `evidence-undecided`: all
 * of the caller's own machine (S33)
 */
export async function appraiseEvidence(input: EvidenceToAppraise): Promise<Appraisal> {
  const { evidence, binding, policy, activated, ekPublic, lock, now } = input;
  try {
    const verified = await verifyEvidence(parseEvidence(evidence), {
      binding,
      request: evidenceRequestOf(policy),
      activated,
      ekPublic,
      anchors: anchorsOf(policy),
      now,
    });
    return await appraise(verified, policy, { now, lock });
  } catch (cause) {
    throw toProblem(cause);
  }
}

export function toProblem(cause: unknown): unknown {
  if (cause instanceof EvidenceFormatError) {
    return new ProblemError('evidence-invalid', `the evidence is not well-formed: ${cause.message}`, {
      cause,
    });
  }
  if (cause instanceof EvidenceNotGenuineError) {
    const code =
      cause.code === 'variant-mismatch'
        ? 'evidence-variant-wrong'
        : cause.code === 'activation-failed'
          ? 'activation-failed'
          : 'evidence-not-genuine';
    return new ProblemError(code, `the evidence does not prove this request: ${cause.message}`, { cause });
  }
  if (cause instanceof EvidenceUndecidedError) {
    return new ProblemError('evidence-undecided', cause.message, { cause, retryAfter: 30 });
  }
  return cause;
}

/** @throws ProblemError `evidence-refused` with every finding, `evidence-undecided` */
export function requireAccepted({ result }: Appraisal): void {
  if (result.outcome === 'accepted') return;
  if (result.outcome === 'undecided') {
    throw new ProblemError('evidence-undecided', 'the evidence could not be decided on', {
      findings: result.findings,
      retryAfter: 30,
    });
  }
  const claims = result.findings.map((finding) => finding.claim).join(', ');
  throw new ProblemError('evidence-refused', `the policy of the pool refuses this machine: ${claims}`, {
    findings: result.findings,
  });
}
