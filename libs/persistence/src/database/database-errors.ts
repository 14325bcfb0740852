import { CodedError } from '@asterism/bytes';
import { PersistenceError } from '../errors.ts';

const SOCKET_FAULTS: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const LOST =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/;

/** Class 08 (connection), 57P0x (shut down), 53x (out of resources), or the socket itself. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof PersistenceError) return error.code === 'database-unavailable';
  const code = toErrorCode(error);
  if (SOCKET_FAULTS.has(code)) return true;
  if (typeof code === 'string' && /^(?:08|53|57P0)/.test(code)) return true;
  return error instanceof Error && LOST.test(error.message);
}

/** Leaves coded errors as they are; the rest of PostgreSQL's become ours where a caller can act on them. */
export function toPersistenceError(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  if (isDatabaseUnavailable(error)) {
    return new PersistenceError('database-unavailable', 'the database does not answer', { cause: error });
  }
  if (toErrorCode(error) === 'AST02') {
    return new PersistenceError('transition-refused', (error as Error).message, { cause: error });
  }
  return error;
}

/** SQLSTATE 23505; `constraint` narrows it to one index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (toErrorCode(error) !== '23505') return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint;
}

function toErrorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
