import type { ErrorCode, Finding } from '@asterism/contracts';

interface ProblemOptions {
  readonly detail?: string;
  readonly findings?: readonly Finding[];
  /** Seconds. */
  readonly retryAfter?: number | null;
}

/** Thrown by a route: becomes an RFC 9457 problem. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];
  readonly retryAfter: number | null;

  constructor(code: ErrorCode, { detail, findings = [], retryAfter = null }: ProblemOptions = {}) {
    super(detail ?? `scripted ${code}`);
    this.code = code;
    this.findings = findings;
    this.retryAfter = retryAfter;
  }
}
