export { NO_HASH, toAuditHash, verifyAuditChain, type ChainVerification } from './audit-chain.ts';
export { manifestDigest, type BackupManifest } from './backup/manifest.ts';
export { restoreBackup, type RestoreBackupOptions } from './backup/restore-backup.ts';
export { writeBackup, type WriteBackupOptions } from './backup/write-backup.ts';
export { parseIdCursor, parseNumberCursor, toCursor, type Page, type PageQuery } from './cursor.ts';
export {
  connectDatabase,
  inSnapshot,
  inTransaction,
  type ConnectOptions,
  type Database,
} from './database/database.ts';
export { isDatabaseUnavailable, isUniqueViolation, toPersistenceError } from './database/database-errors.ts';
export { followEvents } from './database/follow-events.ts';
export type { Subscription } from './database/listener.ts';
export type { AuditEntry, EventEntry, Queries, Transaction } from './database/transaction.ts';
export { PersistenceError, type PersistenceErrorCode } from './errors.ts';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/embedded-postgres.ts';
export type { Installation } from './embedded/launch.ts';
export { isUuid, uuidv7 } from './id.ts';
export * as access from './repositories/access.ts';
export * as accessUsers from './repositories/access-users.ts';
export * as appraisals from './repositories/appraisals.ts';
export * as audit from './repositories/audit.ts';
export * as boots from './repositories/boots.ts';
export * as clusters from './repositories/clusters.ts';
export * as collateral from './repositories/collateral.ts';
export * as connections from './repositories/connections.ts';
export * as dataKeys from './repositories/data-keys.ts';
export * as enrolments from './repositories/enrolments.ts';
export * as events from './repositories/events.ts';
export * as evidence from './repositories/evidence.ts';
export * as evidenceRequests from './repositories/evidence-requests.ts';
export * as idempotencyKeys from './repositories/idempotency-keys.ts';
export * as joins from './repositories/joins.ts';
export * as keys from './repositories/keys.ts';
export * as leases from './repositories/leases.ts';
export * as members from './repositories/members.ts';
export * as mirroredKeys from './repositories/mirrored-keys.ts';
export * as nodeAccess from './repositories/node-access.ts';
export * as nodes from './repositories/nodes.ts';
export * as nonces from './repositories/nonces.ts';
export * as policies from './repositories/policies.ts';
export * as pools from './repositories/pools.ts';
export * as recoverySets from './repositories/recovery-sets.ts';
export * as rewraps from './repositories/rewraps.ts';
export * as sealSlots from './repositories/seal-slots.ts';
export * as settings from './repositories/settings.ts';
export * as signInCodes from './repositories/sign-in-codes.ts';
export * as sshAuthorities from './repositories/ssh-authorities.ts';
export * as sshCertificates from './repositories/ssh-certificates.ts';
export * as sshGrants from './repositories/ssh-grants.ts';
export * as sshHostKeys from './repositories/ssh-host-keys.ts';
export * as sshRevokedKeys from './repositories/ssh-revoked-keys.ts';
export * as sshSessions from './repositories/ssh-sessions.ts';
export * as stateDisks from './repositories/state-disks.ts';
export * as tokens from './repositories/tokens.ts';
export type { BootProgress, RewrapCursor, Schema, StateDiskFault, TicketParameters } from './schema.ts';
