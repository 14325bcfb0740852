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
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '@asterism/attestation';
import type { AppraisalResult, Evidence, Finding, PolicyDocument, TpmEvidence } from '@asterism/contracts';
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

/** What came of evidence that is genuine. */
export interface Verdict {
  /** What is recorded and told. */
  readonly result: AppraisalResult;
  /** What `authorise` takes. */
  readonly appraisal: Appraisal;
}

/**
 * parse → verify → appraise under a pool's policy. A refused or undecided appraisal is returned, not thrown.
 * @throws ProblemError `evidence-invalid`, `evidence-not-genuine`, `evidence-variant-wrong`, `evidence-undecided`: all
 * of the caller's own machine (S33)
 */
export async function appraiseEvidence(input: EvidenceToAppraise): Promise<Verdict> {
  try {
    const appraisal = await appraiseParsed(input);
    return { result: appraisal.result, appraisal };
  } catch (cause) {
    const verdict = isFalseLog(cause) ? await appraiseWithoutLog(input, cause) : undefined;
    if (verdict !== undefined) return verdict;
    throw toProblem(cause);
  }
}

async function appraiseParsed(input: EvidenceToAppraise): Promise<Appraisal> {
  const { evidence, binding, policy, activated, ekPublic, lock, now } = input;
  const verified = await verifyEvidence(parseEvidence(evidence), {
    binding,
    request: evidenceRequestOf(policy),
    activated,
    ekPublic,
    anchors: anchorsOf(policy),
    roots: VENDOR_ROOTS,
    collateral: NO_COLLATERAL,
    now,
  });
  return appraise(verified, policy, { now, lock });
}

function isFalseLog(cause: unknown): cause is EvidenceNotGenuineError {
  return cause instanceof EvidenceNotGenuineError && cause.code === 'event-log-mismatch';
}

/**
 * A PCR that was extended behind the log's back makes the log false, while the quote stays genuine. The quote is then
 * appraised for itself, so that the PCR is named and the machine refused; undefined where it would be accepted.
 */
async function appraiseWithoutLog(
  input: EvidenceToAppraise,
  cause: EvidenceNotGenuineError,
): Promise<Verdict | undefined> {
  const { eventLog, ...parts } = (input.evidence as TpmEvidence).parts;
  void eventLog;
  const evidence: TpmEvidence = { ...(input.evidence as TpmEvidence), parts };
  const appraisal = await appraiseParsed({ ...input, evidence });
  const { result } = appraisal;
  if (result.outcome !== 'refused') return undefined;
  const claim = {
    claim: 'tpm.event-log',
    got: 'a log that does not replay to the quoted values',
    wanted: ['a log that replays to the quoted values'],
  };
  return {
    appraisal,
    result: {
      ...result,
      claims: result.claims.map((each) =>
        each.claim === claim.claim ? { ...claim, verdict: 'mismatch' as const } : each,
      ),
      findings: [
        ...result.findings.filter((finding) => finding.claim !== claim.claim),
        { ...claim, code: cause.code, message: cause.message },
      ],
    },
  };
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
export function requireAccepted({ result }: Pick<Verdict, 'result'>): void {
  if (result.outcome === 'accepted') return;
  const findings = result.findings.map(ofCallersMachine);
  if (result.outcome === 'undecided') {
    throw new ProblemError('evidence-undecided', 'the evidence could not be decided on', {
      findings,
      retryAfter: 30,
    });
  }
  const claims = findings.map((finding) => finding.claim).join(', ');
  throw new ProblemError('evidence-refused', `the policy of the pool refuses this machine: ${claims}`, {
    findings,
  });
}

/** Claims whose accepted values are the keys of other machines. */
const NAMES_OTHERS: ReadonlySet<string> = new Set(['tpm.ek.key', 'tpm.ak.key']);

/** S33: a machine that is not on a list does not get to read the list. */
function ofCallersMachine(finding: Finding): Finding {
  return NAMES_OTHERS.has(finding.claim) ? { ...finding, wanted: [] } : finding;
}
