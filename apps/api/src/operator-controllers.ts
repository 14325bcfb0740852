import type { Controllers } from './contract/declared.ts';
import { AccessController } from './access/access.controller.ts';
import { AuditController } from './audit/audit.controller.ts';
import { BackupController } from './backup/backup.controller.ts';
import { ClustersController } from './clusters/clusters.controller.ts';
import { CollateralController } from './collateral/collateral.controller.ts';
import { DocumentsController } from './documents/documents.controller.ts';
import { EnrolmentsController } from './enrolments/enrolments.controller.ts';
import { EventsController } from './events/events.controller.ts';
import { HealthController } from './health/health.controller.ts';
import { KekProvidersController } from './kek/kek-providers.controller.ts';
import { KeysController } from './keys/keys.controller.ts';
import { MetricsController } from './metrics/metrics.controller.ts';
import { RestoreMirrorController } from './mirrors/restore-mirror.controller.ts';
import { NodesController } from './nodes/nodes.controller.ts';
import { PoliciesController } from './policies/policies.controller.ts';
import { PoolsController } from './pools/pools.controller.ts';
import { RecoverySetsController } from './recovery/recovery-sets.controller.ts';
import { RecoveryController } from './recovery/recovery.controller.ts';
import { JwksController } from './results/jwks.controller.ts';
import { RewrapsController } from './rewraps/rewraps.controller.ts';
import { SealController } from './seal/seal.controller.ts';
import { SessionsController } from './sessions/sessions.controller.ts';
import { SshAuthoritiesController } from './ssh-authorities/ssh-authorities.controller.ts';
import { SshCertificatesController } from './ssh-grants/ssh-certificates.controller.ts';
import { SshGrantsController } from './ssh-grants/ssh-grants.controller.ts';
import { SshSessionsController } from './ssh-sessions/ssh-sessions.controller.ts';
import { StateDisksController } from './state-disks/state-disks.controller.ts';
import { TokensController } from './tokens/tokens.controller.ts';
import { VerificationsController } from './verifications/verifications.controller.ts';

/** Every controller of the operator listener; the operator document is made from them. */
export const OPERATOR_CONTROLLERS: Controllers = [
  AccessController,
  AuditController,
  BackupController,
  ClustersController,
  CollateralController,
  DocumentsController,
  EnrolmentsController,
  EventsController,
  HealthController,
  JwksController,
  KekProvidersController,
  KeysController,
  MetricsController,
  NodesController,
  PoliciesController,
  PoolsController,
  RecoveryController,
  RecoverySetsController,
  RestoreMirrorController,
  RewrapsController,
  SealController,
  SessionsController,
  SshAuthoritiesController,
  SshCertificatesController,
  SshGrantsController,
  SshSessionsController,
  StateDisksController,
  TokensController,
  VerificationsController,
];
