import type { ErrorCode, Finding } from '@asterism/contracts';

/** Thrown by a route: becomes an RFC 9457 problem. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];
  readonly retryAfter: number | null;

  constructor(code: ErrorCode, options: { findings?: readonly Finding[]; retryAfter?: number } = {}) {
    super(code);
    this.code = code;
    this.findings = options.findings ?? [];
    this.retryAfter = options.retryAfter ?? null;
  }
}
