import { Controller } from '@nestjs/common';
import {
  hostCertificateRequestSchema,
  hostCertificateSchema,
  nodeAccessReportSchema,
  nodeAccessStateSchema,
  sshSessionEventsSchema,
  type HostCertificateRequest,
  type NodeAccessReport,
  type SshSessionEvents,
} from '@asterism/contracts';
import { USER_EXAMPLE } from '../access/access-examples.ts';
import { NodeAccess } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type MemberPeer } from '../node/peer.ts';
import { SessionReports } from '../ssh-sessions/session-reports.ts';
import { HostCertificates } from './host-certificates.ts';
import { NodeAccessReports } from './node-access-reports.ts';
import { NodeAccessStates } from './node-access-states.ts';

const tag = 'access';
const [publicKey] = USER_EXAMPLE.publicKeys;

@Controller()
export class NodeAccessController {
  readonly #states: NodeAccessStates;
  readonly #certificates: HostCertificates;
  readonly #reports: NodeAccessReports;
  readonly #sessions: SessionReports;

  constructor(
    states: NodeAccessStates,
    certificates: HostCertificates,
    reports: NodeAccessReports,
    sessions: SessionReports,
  ) {
    this.#states = states;
    this.#certificates = certificates;
    this.#reports = reports;
    this.#sessions = sessions;
  }

  @NodeAccess('member')
  @Operation({
    route: 'GET /agent/v1/access',
    id: 'readNodeAccessState',
    tag,
    summary: 'Read who may log in to this node',
    description:
      'The whole of it: what is not in it is removed. Read after `ready` and after each `access` event of the stream.',
    response: { status: 200, description: 'what this node enforces', schema: nodeAccessStateSchema },
    errors: ['node-not-locked', 'sealed'],
  })
  read(@From() peer: MemberPeer) {
    return this.#states.read(peer);
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/access/host-certificates',
    id: 'requestHostCertificate',
    tag,
    summary: 'Have a host key certified',
    description:
      'Names in the certificate are the server’s. The same key again gets the same certificate, until half of its time is over ' +
      'or another authority signs.',
    body: hostCertificateRequestSchema,
    bodyExample: { publicKey },
    response: { status: 200, description: 'the certificate', schema: hostCertificateSchema },
    errors: [
      'node-not-locked',
      'ssh-public-key-invalid',
      'ssh-host-key-taken',
      'ssh-authority-conflict',
      'sealed',
    ],
  })
  certify(@From() peer: MemberPeer, @Body() { publicKey: key }: HostCertificateRequest) {
    return this.#certificates.issue(peer, key);
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/access/report',
    id: 'reportNodeAccess',
    tag,
    summary: 'Report what is in force',
    description:
      'After each change: the revision, what stands in its way, and what somebody had changed and was repaired.',
    body: nodeAccessReportSchema,
    response: { status: 204, description: 'taken' },
    errors: ['node-not-locked'],
  })
  async report(@From() peer: MemberPeer, @Body() body: NodeAccessReport): Promise<void> {
    await this.#reports.take(peer, body);
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/access/sessions',
    id: 'reportSshSessions',
    tag,
    summary: 'Report logins and logouts',
    description: 'In their order. An event that was taken is taken once, however often it is sent.',
    body: sshSessionEventsSchema,
    response: { status: 204, description: 'taken' },
    errors: ['node-not-locked'],
  })
  async reportSessions(@From() peer: MemberPeer, @Body() body: SshSessionEvents): Promise<void> {
    await this.#sessions.take(peer, body.events);
  }
}
