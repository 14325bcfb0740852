import { Controller } from '@nestjs/common';
import { agentEventSchema, evidenceAnswerSchema, idSchema, type EvidenceAnswer } from '@asterism/contracts';
import { NodeAccess } from '../contract/access.ts';
import { Body, Param } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type MemberPeer } from '../node/peer.ts';
import { EvidenceAnswers } from '../reattestation/evidence-answers.ts';
import { NodeStreams } from './node-streams.ts';

const tag = 'stream';

@Controller()
export class StreamController {
  readonly #streams: NodeStreams;
  readonly #answers: EvidenceAnswers;

  constructor(streams: NodeStreams, answers: EvidenceAnswers) {
    this.#streams = streams;
    this.#answers = answers;
  }

  @NodeAccess('member')
  @Operation({
    route: 'GET /agent/v1/stream',
    id: 'followNodeEvents',
    tag,
    summary: 'Hold the stream',
    description:
      'One a node: a newer one ends the older. `ready` comes first; `reattest` and `verify` ask for evidence; `state` ' +
      'comes before the server ends the stream of a node that is quarantined or revoked.',
    response: {
      status: 200,
      description: 'a stream without end; a comment line every 15 s shows that it is alive',
      schema: agentEventSchema,
      mediaType: 'text/event-stream',
    },
    errors: ['node-not-locked'],
  })
  follow(@From() peer: MemberPeer) {
    return this.#streams.open(peer);
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/evidence-requests/{request}',
    id: 'answerEvidenceRequest',
    tag,
    summary: 'Answer a request for evidence',
    description:
      'On the connection whose stream asked, once, in time. Evidence that the policy refuses quarantines the node; the ' +
      'problem names what differed.',
    params: { request: idSchema },
    body: evidenceAnswerSchema,
    response: { status: 204, description: 'taken' },
    errors: [
      'evidence-request-unknown',
      'node-not-locked',
      'evidence-invalid',
      'evidence-not-genuine',
      'evidence-refused',
      'evidence-undecided',
      'evidence-variant-wrong',
    ],
  })
  answer(@From() peer: MemberPeer, @Param('request') request: string, @Body() body: EvidenceAnswer) {
    return this.#answers.take(peer, request, body);
  }
}
