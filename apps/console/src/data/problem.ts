import type { ConsoleProblemCode } from '../server/problems.ts';
import type { ErrorCode } from '@asterism/contracts';

/** `answer-missing`: not even the console's own server answered. */
export type ProblemCode = ErrorCode | ConsoleProblemCode | 'answer-missing';

interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An answer that is not a success: a problem document (RFC 9457) of the API or of the console's server. */
export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly traceId: string | null;
  readonly errors: readonly FieldError[];

  constructor(problem: {
    readonly code: ProblemCode;
    readonly status: number;
    readonly title: string;
    readonly detail: string;
    readonly traceId?: string;
    readonly errors?: readonly FieldError[];
  }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.traceId = problem.traceId ?? null;
    this.errors = problem.errors ?? [];
  }

  /** The session is over or was never there: nothing on the page can succeed. */
  get signedOut(): boolean {
    return this.status === 401;
  }

  /** It may work when it is simply tried again. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429;
  }
}

export function toProblemAnswer(error: unknown, response: Response | undefined): ProblemAnswer {
  if (isProblem(error)) return new ProblemAnswer(error);
  if (response !== undefined) {
    return new ProblemAnswer({
      code: 'api-answer-invalid',
      status: response.status,
      title: 'The answer is not one of the contract',
      detail: `status ${response.status} without a problem document`,
    });
  }
  return new ProblemAnswer({
    code: 'answer-missing',
    status: 503,
    title: 'The console’s server does not answer',
    detail: 'it has stopped, or the network to it is down',
  });
}

function isProblem(value: unknown): value is ConstructorParameters<typeof ProblemAnswer>[0] {
  if (typeof value !== 'object' || value === null) return false;
  const problem = value as Record<string, unknown>;
  return (
    typeof problem['code'] === 'string' &&
    typeof problem['status'] === 'number' &&
    typeof problem['title'] === 'string' &&
    typeof problem['detail'] === 'string'
  );
}
