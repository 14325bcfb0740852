import { CodedError, type Outcome } from '@asterism/bytes';

/**
 * - `data-directory-*`, `socket-path-too-long`, `postgres-*`: the embedded PostgreSQL and its folder;
 * - `database-*`: the connection and its schema;
 * - `backup-*`, `database-not-empty`: a restore that was refused;
 * - the rest: what a repository refused. Nothing was written.
 */
export type PersistenceErrorCode =
  | 'data-directory-in-use'
  | 'data-directory-newer'
  | 'data-directory-older'
  | 'data-directory-damaged'
  | 'data-directory-unusable'
  | 'socket-path-too-long'
  | 'postgres-user-missing'
  | 'postgres-binaries-missing'
  | 'postgres-start-failed'
  | 'database-newer'
  | 'database-unavailable'
  | 'database-not-empty'
  | 'backup-malformed'
  | 'backup-altered'
  | 'backup-newer'
  | 'backup-signature-wrong'
  | 'cursor-invalid'
  | 'already-exists'
  | 'not-found'
  | 'not-empty'
  | 'revision-stale'
  | 'transition-refused'
  | 'already-decided'
  | 'identity-duplicate'
  | 'state-disk-not-owned'
  | 'idempotency-key-reused';

const INPUT: ReadonlySet<PersistenceErrorCode> = new Set(['cursor-invalid']);
const POLICY: ReadonlySet<PersistenceErrorCode> = new Set([
  'already-exists',
  'not-found',
  'not-empty',
  'revision-stale',
  'transition-refused',
  'already-decided',
  'identity-duplicate',
  'state-disk-not-owned',
  'idempotency-key-reused',
  'database-not-empty',
  'backup-malformed',
  'backup-altered',
  'backup-newer',
  'backup-signature-wrong',
]);

export class PersistenceError extends CodedError<PersistenceErrorCode> {
  get outcome(): Outcome {
    if (INPUT.has(this.code)) return 'input';
    return POLICY.has(this.code) ? 'policy' : 'fault';
  }
}
