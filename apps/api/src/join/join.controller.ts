import { Controller, Res } from '@nestjs/common';
import {
  enrolmentRequestSchema,
  enrolmentResponseSchema,
  lockRequestSchema,
  progressRequestSchema,
  selfSchema,
  type EnrolmentRequest,
  type EnrolmentResponse,
} from '@asterism/contracts';
import type { ErrorCode } from '@asterism/contracts';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { NodeAccess } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type AttestedPeer, type MemberPeer } from '../node/peer.ts';
import { Joining } from './joining.ts';
import { NodeProgress } from './node-progress.ts';

const tag = 'enrolment';
const EVIDENCE: readonly ErrorCode[] = [
  'nonce-invalid',
  'evidence-invalid',
  'evidence-not-genuine',
  'evidence-refused',
  'evidence-undecided',
  'evidence-variant-wrong',
];

@Controller()
export class JoinController {
  readonly #joining: Joining;
  readonly #progress: NodeProgress;

  constructor(joining: Joining, progress: NodeProgress) {
    this.#joining = joining;
    this.#progress = progress;
  }

  @NodeAccess('attested')
  @Operation({
    route: 'POST /agent/v1/enrolments',
    id: 'enrol',
    tag,
    summary: 'Ask to become a node, or to be one again',
    description:
      'On evidence made for this request. The server decides the kind, the role and the name. A machine gets the secrets ' +
      'of a boot once a boot: a repeat within ten minutes gets the same grant, and none after the lock.',
    body: enrolmentRequestSchema,
    response: {
      status: 200,
      description: 'granted: the ticket',
      schema: enrolmentResponseSchema,
      alternative: { status: 202, description: 'not yet: ask again after `Retry-After` seconds' },
    },
    errors: [
      ...EVIDENCE,
      'identity-duplicate',
      'enrolment-denied',
      'state-disk-not-owned',
      'key-destroyed',
      'kek-undecided',
      'node-locked',
      'node-quarantined',
      'node-revoked',
      'node-state-conflict',
      'policy-none-active',
      'cluster-unknown',
      'sealed',
    ],
  })
  async enrol(
    @From() peer: AttestedPeer,
    @Body() body: EnrolmentRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnrolmentResponse> {
    const response = await this.#joining.enrol(peer, body);
    if (response.kind === 'wait') reply.status(202).header('retry-after', response.retryAfter);
    return response;
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/lock',
    id: 'reportLock',
    tag,
    summary: 'Report the lock',
    description:
      'With evidence that shows the cluster’s identity in PCR 15. From then on no connection of this boot gets boot ' +
      'secrets, and this one has the rights of a member. A repeat is answered the same.',
    body: lockRequestSchema,
    response: { status: 200, description: 'locked', schema: selfSchema },
    errors: [...EVIDENCE, 'node-not-locked', 'node-state-conflict'],
  })
  lock(@From() peer: MemberPeer, @Body() body: z.output<typeof lockRequestSchema>) {
    return this.#progress.lock(peer, body);
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/progress',
    id: 'reportProgress',
    tag,
    summary: 'Report a step',
    description:
      '`disk-open`: the state disk is open and is never to be formatted again; the version of its key and its epoch are ' +
      'taken with it, and what cannot follow the record is refused. `member`: everything is done, which ' +
      'completes the enrolment. Steps go forward only; a repeat is answered the same.',
    body: progressRequestSchema,
    response: { status: 200, description: 'noted', schema: selfSchema },
    errors: ['node-not-locked', 'node-state-conflict'],
  })
  progress(@From() peer: MemberPeer, @Body() body: z.output<typeof progressRequestSchema>) {
    return this.#progress.report(peer, body);
  }

  @NodeAccess('member')
  @Operation({
    route: 'GET /agent/v1/self',
    id: 'readSelf',
    tag,
    summary: 'Read what the server knows of this node',
    description: 'Name, state, and the policy it was appraised by.',
    response: { status: 200, description: 'this node', schema: selfSchema },
  })
  self(@From() peer: MemberPeer) {
    return this.#progress.self(peer);
  }
}
