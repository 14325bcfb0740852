import {
  anchorsOf,
  appraise,
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceRefusedError,
  EvidenceUndecidedError,
  evidenceRequestOf,
  parseEvidence,
  refusedResult,
  verifyEvidence,
  type ActivatedKey,
  type Appraisal,
  type LockExpectation,
  type VerifiedEvidence,
} from '@asterism/attestation';
import type { AppraisalResult, Evidence, Finding, PolicyDocument } from '@asterism/contracts';
import { ProblemError } from '../http/problem-error.ts';
import type { Claimant } from './connection-states.ts';
import type { FetchedCollateral, MachineCollateral } from './machine-collateral.ts';

export interface EvidenceToAppraise {
  readonly evidence: Evidence;
  /** The 32 bytes it must carry, computed from our view of the exchange. */
  readonly binding: Uint8Array;
  readonly policy: PolicyDocument;
  /** Who the machine said it is: the evidence must prove the same. */
  readonly claimant: Pick<Claimant, 'identity' | 'keys'>;
  readonly activated: ActivatedKey | null;
  readonly lock: LockExpectation;
  readonly collateral: MachineCollateral;
  readonly now: Date;
}

/** What came of evidence that is genuine. */
export interface Verdict {
  /** What is recorded and told. */
  readonly result: AppraisalResult;
  /** What `authorise` takes; null where the machine is one that no policy can accept, so that none was applied. */
  readonly appraisal: Appraisal | null;
  readonly used: FetchedCollateral['used'];
}

/**
 * parse → verify → appraise under a pool's policy. A refused or undecided appraisal is returned, not thrown.
 * @throws ProblemError `evidence-invalid`, `evidence-not-genuine`, `evidence-variant-wrong`, `evidence-undecided`: all
 * of the caller's own machine (S33)
 */
export async function appraiseEvidence(input: EvidenceToAppraise): Promise<Verdict> {
  const { variant } = input.policy;
  // Before anything is read or fetched for it (S06).
  if (input.evidence.variant !== variant) {
    throw new ProblemError('evidence-variant-wrong', `the pool takes evidence of variant ${variant}`);
  }
  try {
    const parsed = parseEvidence(input.evidence);
    const { collateral, used } = await input.collateral.fetch(parsed);
    const { result, appraisal } = await appraiseWith(input, collateral);
    return { result, appraisal, used };
  } catch (cause) {
    throw toProblem(cause);
  }
}

type Judged = Pick<Verdict, 'result' | 'appraisal'>;

async function appraiseWith(
  input: EvidenceToAppraise,
  collateral: FetchedCollateral['collateral'],
): Promise<Judged> {
  const { policy, claimant, lock, now } = input;
  const judge = async (evidence: Evidence): Promise<Judged & { readonly appraisal: Appraisal }> => {
    const verified = await verifyEvidence(parseEvidence(evidence), {
      binding: input.binding,
      request: evidenceRequestOf(policy),
      activated: input.activated,
      ekPublic: claimant.keys?.ekPublic ?? null,
      anchors: anchorsOf(policy),
      roots: input.collateral.roots,
      collateral,
      now,
    });
    requireIdentity(verified, claimant);
    const appraisal = await appraise(verified, policy, { now, lock });
    return { result: appraisal.result, appraisal };
  };
  try {
    return await judge(input.evidence);
  } catch (cause) {
    if (cause instanceof EvidenceRefusedError)
      return { result: refusedResult(cause, policy), appraisal: null };
    const verdict = isFalseLog(cause) ? await judgeWithoutLog(input.evidence, cause, judge) : undefined;
    if (verdict !== undefined) return verdict;
    throw cause;
  }
}

/** What was stated first decides which records are read, so it must be what is proved. */
function requireIdentity({ identity }: VerifiedEvidence, claimant: EvidenceToAppraise['claimant']): void {
  if (identity === claimant.identity) return;
  if (identity === null) {
    throw new EvidenceUndecidedError(
      'identity-unknown',
      'the evidence does not tell this machine from another, as under a VLEK or a masked chip id',
    );
  }
  throw new EvidenceNotGenuineError(
    'identity-mismatch',
    'the evidence is of another machine than was stated',
    {
      got: identity,
      want: claimant.identity,
    },
  );
}

function isFalseLog(cause: unknown): cause is EvidenceNotGenuineError {
  return cause instanceof EvidenceNotGenuineError && cause.code === 'event-log-mismatch';
}

/**
 * A register that was extended behind the log's back makes the log false, while the evidence stays genuine. It is then
 * appraised without the log, so that the register is named and the machine refused; undefined where it would be accepted.
 */
async function judgeWithoutLog(
  evidence: Evidence,
  cause: EvidenceNotGenuineError,
  judge: (evidence: Evidence) => Promise<Judged>,
): Promise<Judged | undefined> {
  const parts = Object.fromEntries(Object.entries(evidence.parts).filter(([name]) => name !== 'eventLog'));
  const { result, appraisal } = await judge({ ...evidence, parts } as Evidence);
  if (result.outcome !== 'refused') return undefined;
  const differing = {
    got: 'a log that does not replay to the quoted values',
    wanted: ['a log that replays to the quoted values'],
  };
  const ofLog = ({ claim }: { readonly claim: string }) => claim.endsWith('.event-log');
  const claim = result.claims.find(ofLog)?.claim ?? 'event-log';
  return {
    appraisal,
    result: {
      ...result,
      claims: result.claims.map((each) =>
        ofLog(each) ? { claim, ...differing, verdict: 'mismatch' as const } : each,
      ),
      findings: [
        ...result.findings.filter((finding) => !ofLog(finding)),
        { claim, ...differing, code: cause.code, message: cause.message },
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
export function requireAccepted(verdict: Pick<Verdict, 'result'>): void {
  if (verdict.result.outcome !== 'accepted') throw refusalOf(verdict);
}

/** `evidence-refused` with every finding, or `evidence-undecided`. */
export function refusalOf({ result }: Pick<Verdict, 'result'>): ProblemError {
  const findings = result.findings.map(ofCallersMachine);
  if (result.outcome === 'undecided') {
    return new ProblemError('evidence-undecided', 'the evidence could not be decided on', {
      findings,
      retryAfter: 30,
    });
  }
  const claims = findings.map((finding) => finding.claim).join(', ');
  return new ProblemError('evidence-refused', `the policy of the pool refuses this machine: ${claims}`, {
    findings,
  });
}

/** Claims whose accepted values are the keys of other machines. */
const NAMES_OTHERS: ReadonlySet<string> = new Set([
  'tpm.ek.key',
  'tpm.ak.key',
  'machine.identity',
  'snp.chip-id',
  'tdx.platform',
]);

/** S33: a machine that is not on a list does not get to read the list. */
function ofCallersMachine(finding: Finding): Finding {
  return NAMES_OTHERS.has(finding.claim) ? { ...finding, wanted: [] } : finding;
}
