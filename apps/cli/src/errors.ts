import { CodedError } from '@asterism/bytes';

export type UsageErrorCode =
  | 'usage'
  | 'file-unreadable'
  | 'file-malformed'
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
  | 'node-refused'
  | 'timeout'
  | 'interrupted';

/** Something that `up` needs is not there or did not start. */
export class StartError extends CodedError<StartErrorCode> {
  /** A refused machine is an answer; everything else says nothing about trust. */
  readonly outcome: 'policy' | 'fault';

  constructor(...[code, message, options]: ConstructorParameters<typeof CodedError<StartErrorCode>>) {
    super(code, message, options);
    this.outcome = code === 'node-refused' ? 'policy' : 'fault';
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
