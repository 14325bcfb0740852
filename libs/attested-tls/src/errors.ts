import { CodedError } from '@asterism/bytes';
import type { Finding } from '@asterism/contracts';

export type AttestedTlsErrorCode =
  | 'connection-closed'
  | 'connection-not-attested-tls'
  | 'connect-failed'
  | 'tls-refused'
  | 'timeout'
  | 'peer-silent'
  | 'response-invalid'
  | 'response-too-large'
  | 'binding-invalid'
  | 'not-attested';

/** The connection or the peer failed; nothing was concluded about anyone's identity. */
export class AttestedTlsError extends CodedError<AttestedTlsErrorCode> {
  readonly outcome = 'fault';
}

export type PeerIdentityErrorCode =
  | 'identity-missing'
  | 'pinned-key-mismatch'
  | 'identity-proof-invalid'
  | 'evidence-refused'
  | 'expectation-invalid';

/** The API is not the one this node was configured for (S07). The node has said nothing but its public identity. */
export class PeerIdentityError extends CodedError<PeerIdentityErrorCode> {
  readonly outcome = 'genuine';
}

/** The API answered with an RFC 9457 problem. */
export class ProblemError extends CodedError<string> {
  readonly outcome = 'fault';
  readonly status: number;
  /** Seconds, from Retry-After; null where the API named none. */
  readonly retryAfter: number | null;
  /** Of a refused appraisal: why, about the caller's own machine; empty where the API gave none. */
  readonly findings: readonly Finding[];

  constructor(
    problem: { readonly status: number; readonly code: string; readonly detail: string },
    more: { readonly retryAfter: number | null; readonly findings: readonly Finding[] },
  ) {
    super(problem.code, problem.detail);
    this.status = problem.status;
    this.retryAfter = more.retryAfter;
    this.findings = more.findings;
  }
}
