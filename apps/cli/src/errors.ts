import { CodedError } from '@asterism/bytes';
import type { Finding } from '@asterism/contracts';

export type UsageErrorCode =
  | 'usage'
  | 'file-unreadable'
  | 'file-malformed'
  | 'file-exists'
  | 'policy-unfinished'
  | 'api-not-configured'
  | 'format-unsupported'
  | 'name-ambiguous';

/** The command cannot be carried out as it was typed. */
export class UsageError extends CodedError<UsageErrorCode> {
  readonly outcome = 'input';
}

export type StartErrorCode =
  | 'package-missing'
  | 'port-busy'
  | 'data-directory-newer'
  | 'data-directory-damaged'
  | 'data-directory-foreign'
  | 'data-directory-unwritable'
  | 'data-directory-in-use'
  | 'build-failed'
  | 'software-tpm-failed'
  | 'api-failed'
  | 'console-failed'
  | 'node-failed'
  | 'timeout'
  | 'interrupted';

/** Something that `up` needs is not there or did not start. */
export class StartError extends CodedError<StartErrorCode> {
  readonly outcome = 'fault';
}

/** A machine that `up` started is not what its pool accepts: an answer, not a fault. */
export class NodeRefusedError extends CodedError<'node-refused'> {
  readonly outcome = 'policy';
  readonly machine: string;
  readonly findings: readonly Finding[];

  constructor(machine: string, reason: string, findings: readonly Finding[]) {
    super('node-refused', `${machine} is refused: ${reason}`);
    this.machine = machine;
    this.findings = findings;
  }
}

export type ApiErrorCode = 'api-unreachable' | 'api-certificate-untrusted' | 'api-response-invalid';

/** The API gave no answer that could be used. */
export class ApiError extends CodedError<ApiErrorCode> {
  readonly outcome = 'undecided';
}

/** The API answered with an RFC 9457 problem. 401, 403, 409, 412 and 422 are refusals. */
export class ProblemError extends CodedError<string> {
  readonly outcome: 'policy' | 'input' | 'undecided';
  readonly status: number;
  readonly traceId: string;
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(problem: {
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    readonly traceId: string;
    readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
  }) {
    super(problem.code, problem.detail);
    this.status = problem.status;
    this.traceId = problem.traceId;
    this.fields = problem.errors ?? [];
    const refusals = new Set([401, 403, 409, 412, 422]);
    this.outcome = refusals.has(problem.status) ? 'policy' : problem.status < 500 ? 'input' : 'undecided';
  }
}
