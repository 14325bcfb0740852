import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { Attestation } from '../attestation/attestation.ts';
import { Joining } from '../join/joining.ts';
import { NodeProgress } from '../join/node-progress.ts';
import { MemberKeys } from '../keys/member-keys.ts';
import { HostCertificates } from '../node-access/host-certificates.ts';
import { NodeAccessReports } from '../node-access/node-access-reports.ts';
import { NodeAccessStates } from '../node-access/node-access-states.ts';
import { NodeEvents } from '../node-events/node-events.ts';
import { EvidenceAnswers } from '../reattestation/evidence-answers.ts';
import { SessionReports } from '../ssh-sessions/session-reports.ts';
import { NodeStreams } from '../stream/node-streams.ts';
import { NODE_CONTROLLERS } from './controllers.ts';
import type { NodeSide } from './node-side.ts';

@Module({})
export class NodeModule {
  static forRoot(side: NodeSide): DynamicModule {
    return {
      module: NodeModule,
      controllers: [...NODE_CONTROLLERS] as Type[],
      providers: [
        { provide: Attestation, useValue: side.attestation },
        { provide: Joining, useValue: side.joining },
        { provide: NodeProgress, useValue: side.progress },
        { provide: MemberKeys, useValue: side.memberKeys },
        { provide: NodeEvents, useValue: side.nodeEvents },
        { provide: NodeAccessStates, useValue: side.accessStates },
        { provide: HostCertificates, useValue: side.hostCertificates },
        { provide: NodeAccessReports, useValue: side.accessReports },
        { provide: SessionReports, useValue: side.sessionReports },
        { provide: NodeStreams, useValue: side.streams },
        { provide: EvidenceAnswers, useValue: side.answers },
      ],
    };
  }
}
