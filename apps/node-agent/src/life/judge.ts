import { AttestedTlsError, PeerIdentityError, ProblemError } from '@asterism/attested-tls';
import type { Finding } from '@asterism/contracts';
import { NodeError } from '../errors.ts';

/** What the end of a connection or a refused request means for the node. */
export interface Verdict {
  /** `retry`: nothing was said about the node, its state stays. */
  readonly kind: 'revoked' | 'quarantined' | 'refused' | 'retry';
  /** Null where there is nothing to say: the connection is only to be attested anew. */
  readonly reason: string | null;
  readonly findings: readonly Finding[];
  /** Seconds. */
  readonly retryAfter: number | null;
}

/** Statuses of a problem that say "not now" or "attest again", and nothing about this machine. */
const PASSING = new Set([401, 408, 429]);

const FINAL: ReadonlyMap<string, Verdict['kind']> = new Map([
  ['node-revoked', 'revoked'],
  ['node-quarantined', 'quarantined'],
]);

/** Verdicts on this machine's evidence. A PCR that moved past the event log makes it not genuine before it is compared. */
const REFUSALS = new Set(['evidence-refused', 'evidence-not-genuine']);

/**
 * @param standing this machine is a node on this boot: a refusal of its evidence means quarantine.
 * @returns null for an error that is none of the connection's: a TPM that fails, or a defect
 */
export function judge(error: unknown, standing: boolean): Verdict | null {
  if (error instanceof AttestedTlsError || error instanceof PeerIdentityError) {
    // Somebody else's API (S07) is no verdict about us: the right one may come back.
    return { kind: 'retry', reason: `${error.code}: ${error.message}`, findings: [], retryAfter: null };
  }
  if (error instanceof NodeError) {
    const kind = FINAL.get(error.code) ?? (standing ? 'retry' : 'refused');
    return { kind, reason: `${error.code}: ${error.message}`, findings: [], retryAfter: null };
  }
  if (!(error instanceof ProblemError)) return null;
  return { ...kindOf(error, standing), findings: error.findings, retryAfter: error.retryAfter };
}

function kindOf(problem: ProblemError, standing: boolean): Pick<Verdict, 'kind' | 'reason'> {
  if (problem.code === 'attestation-expired' || problem.code === 'attestation-required') {
    return { kind: 'retry', reason: null };
  }
  const reason = `${problem.code}: ${problem.message}`;
  const final = FINAL.get(problem.code);
  if (final !== undefined) return { kind: final, reason };
  if (problem.status >= 500 || PASSING.has(problem.status)) return { kind: 'retry', reason };
  if (problem.code === 'node-locked') return { kind: 'refused', reason: `needs reboot: ${reason}` };
  if (!standing) return { kind: 'refused', reason };
  return { kind: REFUSALS.has(problem.code) ? 'quarantined' : 'retry', reason };
}
