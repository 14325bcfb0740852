import { Controller } from '@nestjs/common';
import { nodeEventSchema, type NodeEvent } from '@asterism/contracts';
import { NodeAccess } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type MemberPeer } from '../node/peer.ts';
import { NodeEvents } from './node-events.ts';

@Controller()
export class NodeEventsController {
  readonly #events: NodeEvents;

  constructor(events: NodeEvents) {
    this.#events = events;
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/node-events',
    id: 'reportEvent',
    tag: 'enrolment',
    summary: 'Report what happened to the state disk',
    description:
      'An older copy in its place, integrity errors, or a header that was refused. It is kept at the disk and in the audit ' +
      'trail; the same again is taken and not kept twice.',
    body: nodeEventSchema,
    bodyExample: { type: 'state-disk-io-error', diskId: 'disk-1', errors: 1 },
    response: { status: 204, description: 'taken' },
    errors: ['node-not-locked', 'state-disk-not-owned', 'node-state-conflict'],
  })
  async report(@From() peer: MemberPeer, @Body() body: NodeEvent): Promise<void> {
    await this.#events.take(peer, body);
  }
}
