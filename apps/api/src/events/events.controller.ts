import { Controller } from '@nestjs/common';
import { platformEventSchema, type Cluster } from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { LastEventId } from '../contract/last-event-id.ts';
import { Operation, type OperationOptions } from '../contract/operation.ts';
import { EventsService } from './events.service.ts';

const response = {
  status: 200,
  description: 'a stream without end; a comment line every 15 s shows that it is alive',
  schema: platformEventSchema,
  mediaType: 'text/event-stream',
} satisfies OperationOptions['response'];

@Controller()
export class EventsController {
  readonly #events: EventsService;

  constructor(events: EventsService) {
    this.#events = events;
  }

  @Permission('events.read')
  @Operation({
    route: 'GET /v1/events',
    id: 'followEvents',
    tag: 'events',
    summary: 'Follow events',
    description:
      'Server-sent events of every cluster that the caller may see, from now on, or after `Last-Event-ID` without a gap.',
    response,
    resumable: true,
  })
  follow(@From() caller: Caller, @LastEventId() after: number | undefined) {
    return this.#events.follow(caller, after);
  }

  @Permission('events.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/events',
    id: 'followClusterEvents',
    tag: 'events',
    summary: 'Follow a cluster’s events',
    description: 'Server-sent events of one cluster, from now on, or after `Last-Event-ID` without a gap.',
    response,
    resumable: true,
  })
  followCluster(@From() caller: Caller, @In() cluster: Cluster, @LastEventId() after: number | undefined) {
    return this.#events.follow(caller, after, cluster);
  }
}
