import { CodedError } from '@asterism/bytes';
import { ERROR_CODES, toTitle, type ErrorCode, type Problem } from '@asterism/contracts';
import { isDatabaseUnavailable, PersistenceError, type PersistenceErrorCode } from '@asterism/persistence';
import { ProblemError } from './problem-error.ts';

/** What a repository refuses and no service has named otherwise. */
const OF_PERSISTENCE: Readonly<Partial<Record<PersistenceErrorCode, ErrorCode>>> = {
  'cursor-invalid': 'cursor-invalid',
  'idempotency-key-reused': 'idempotency-key-reused',
  'revision-stale': 'precondition-failed',
  'transition-refused': 'node-state-conflict',
};

/** Statuses of Fastify's and Nest's own errors. */
const OF_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  413: ['body-too-large', 'the body is larger than 1 MiB'],
  415: ['media-type-unsupported', 'send application/json'],
};

const RETRY_AFTER: Readonly<Partial<Record<ErrorCode, number>>> = {
  'database-unavailable': 2,
  'shutting-down': 1,
  overloaded: 1,
  'evidence-undecided': 30,
};

/** Whatever was thrown, as what a caller may be told: a fault of ours says nothing but its trace id (S33). */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isDatabaseUnavailable(error)) {
    return new ProblemError('database-unavailable', 'the database does not answer', { cause: error });
  }
  if (error instanceof PersistenceError) {
    const code = OF_PERSISTENCE[error.code];
    if (code !== undefined) return new ProblemError(code, error.message, { cause: error });
  }
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500 && !(error instanceof CodedError)) {
    const [code, detail] = OF_STATUS[status] ?? ['request-invalid', 'the request is malformed'];
    return new ProblemError(code, detail, { cause: error });
  }
  return new ProblemError('internal', 'something went wrong here; the trace id finds it in the log', {
    cause: error,
  });
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('getStatus' in error && typeof error.getStatus === 'function') return Number(error.getStatus());
  return 'statusCode' in error ? Number(error.statusCode) : undefined;
}

/** RFC 9457 document of a problem. */
export function toProblem({ code, message, details }: ProblemError, traceId: string): Problem {
  return {
    type: `https://asterism.dev/problems/${code}`,
    title: toTitle(code),
    status: ERROR_CODES[code],
    detail: message,
    code,
    traceId,
    ...(details.errors === undefined ? {} : { errors: [...details.errors] }),
    ...(details.findings === undefined ? {} : { findings: [...details.findings] }),
  };
}

/** Headers that a problem is answered with. */
export function headersOf({ code, status, details }: ProblemError): Record<string, string> {
  const retryAfter = details.retryAfter ?? RETRY_AFTER[code];
  return {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
    ...(details.allow === undefined ? {} : { allow: details.allow.join(', ') }),
    ...(status === 401 && code.startsWith('credentials-') ? { 'www-authenticate': 'Bearer' } : {}),
  };
}
