import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { AccessService } from './access/access.service.ts';
import { AuditService } from './audit/audit.service.ts';
import { BackupService } from './backup/backup.service.ts';
import { ClustersService } from './clusters/clusters.service.ts';
import { CollateralService } from './collateral/collateral.service.ts';
import { agentDocument } from './documents/agent-document.ts';
import { Documents } from './documents/documents.ts';
import { operatorDocument } from './documents/operator-document.ts';
import { EnrolmentsService } from './enrolments/enrolments.service.ts';
import { EventsService } from './events/events.service.ts';
import { KekProvidersService } from './kek/kek-providers.service.ts';
import { KeysService } from './keys/keys.service.ts';
import { RestoreMirrorService } from './mirrors/restore-mirror.service.ts';
import { NodesService } from './nodes/nodes.service.ts';
import { OPERATOR_CONTROLLERS } from './operator-controllers.ts';
import { NodeInterrogator } from './platform/node-interrogator.ts';
import { PlatformModule } from './platform/platform.module.ts';
import type { Platform } from './platform/platform.ts';
import { DryRunService } from './policies/dry-run.service.ts';
import { MeasurementImportService } from './policies/measurement-import.service.ts';
import { PoliciesService } from './policies/policies.service.ts';
import { PoolsService } from './pools/pools.service.ts';
import { RecoverySetsService } from './recovery/recovery-sets.service.ts';
import { RecoveryService } from './recovery/recovery.service.ts';
import { RewrapsService } from './rewraps/rewraps.service.ts';
import { SealService } from './seal/seal.service.ts';
import { SessionsService } from './sessions/sessions.service.ts';
import { EmergencyKits } from './ssh-authorities/emergency-kits.ts';
import { KnownHosts } from './ssh-authorities/known-hosts.ts';
import { SshAuthoritiesService } from './ssh-authorities/ssh-authorities.service.ts';
import { SshCertificatesService } from './ssh-grants/ssh-certificates.service.ts';
import { SshGrantsService } from './ssh-grants/ssh-grants.service.ts';
import { SshSessionsService } from './ssh-sessions/ssh-sessions.service.ts';
import { StateDisksService } from './state-disks/state-disks.service.ts';
import { TokensService } from './tokens/tokens.service.ts';
import { VerificationsService } from './verifications/verifications.service.ts';

@Module({})
export class OperatorModule {
  static forRoot(platform: Platform, interrogator: NodeInterrogator): DynamicModule {
    return {
      module: OperatorModule,
      imports: [PlatformModule.forRoot(platform)],
      controllers: [...OPERATOR_CONTROLLERS] as Type[],
      providers: [
        AccessService,
        AuditService,
        BackupService,
        ClustersService,
        CollateralService,
        DryRunService,
        MeasurementImportService,
        EnrolmentsService,
        EventsService,
        KekProvidersService,
        KeysService,
        NodesService,
        PoliciesService,
        PoolsService,
        RecoveryService,
        RecoverySetsService,
        RestoreMirrorService,
        RewrapsService,
        SealService,
        SessionsService,
        EmergencyKits,
        KnownHosts,
        SshAuthoritiesService,
        SshCertificatesService,
        SshGrantsService,
        SshSessionsService,
        StateDisksService,
        TokensService,
        VerificationsService,
        { provide: NodeInterrogator, useValue: interrogator },
        { provide: Documents, useValue: new Documents(operatorDocument, agentDocument) },
      ],
    };
  }
}
