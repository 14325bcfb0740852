import { KekError, KeysError } from '@asterism/keys';
import { PersistenceError } from '@asterism/persistence';
import { TpmDeviceError } from '@asterism/tpm-device';
import { ConfigurationError } from '../configuration.ts';
import { StartError } from './start-error.ts';

/** What a supervisor may try again: it can be different in a moment without anybody mending anything. */
const PASSING: ReadonlySet<string> = new Set([
  'database-unavailable',
  'postgres-start-failed',
  'seal-unavailable',
  'connection-lost',
  'timeout',
  'unreachable',
]);

export interface Exit {
  readonly code: string;
  readonly message: string;
  /** 2: final until somebody changes something; 1: worth another start. */
  readonly status: 1 | 2;
}

/** Why the start failed, for the last log line and the exit status. */
export function toExit(cause: unknown): Exit {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause);
  if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return { code: 'address-unavailable', message, status: 2 };
  }
  const ours =
    cause instanceof ConfigurationError ||
    cause instanceof StartError ||
    cause instanceof PersistenceError ||
    cause instanceof TpmDeviceError ||
    cause instanceof KekError ||
    cause instanceof KeysError;
  return { code: code ?? 'internal', message, status: ours && !PASSING.has(code ?? '') ? 2 : 1 };
}

function codeOf(cause: unknown): string | undefined {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}
