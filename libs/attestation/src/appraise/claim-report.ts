import type { Claim, Finding } from '@asterism/contracts';

/** What a comparison of one claim found; `finding` says why it is not a plain match. */
export interface ClaimReport {
  readonly claim: Claim;
  readonly finding?: Finding;
}

interface Compared {
  readonly claim: string;
  readonly got: string | null;
  readonly wanted: readonly string[];
}

interface Reason {
  readonly code: string;
  readonly message: string;
  readonly event?: string | undefined;
}

export function matches(compared: Compared, comment?: string): ClaimReport {
  return { claim: { ...toClaim(compared), verdict: 'match', ...(comment ? { comment } : {}) } };
}

/** The policy says `any`: reported as such, never as a match. */
export function accepted(claim: string, got: string | null): ClaimReport {
  return { claim: { claim, got, wanted: [], verdict: 'any' } };
}

export function differs(compared: Compared, reason: Reason): ClaimReport {
  return { claim: { ...toClaim(compared), verdict: 'mismatch' }, finding: toFinding(compared, reason) };
}

export function warns(compared: Compared, reason: Reason): ClaimReport {
  return { claim: { ...toClaim(compared), verdict: 'warning' }, finding: toFinding(compared, reason) };
}

export function undecided(compared: Compared, reason: Reason): ClaimReport {
  return { claim: { ...toClaim(compared), verdict: 'undecided' }, finding: toFinding(compared, reason) };
}

function toClaim({ claim, got, wanted }: Compared) {
  return { claim, got, wanted: [...wanted] };
}

function toFinding(compared: Compared, { code, message, event }: Reason): Finding {
  return { code, ...toClaim(compared), message, ...(event ? { event } : {}) };
}
