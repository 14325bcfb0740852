import { Injectable } from '@nestjs/common';
import type { Cluster } from '@asterism/contracts';
import { events } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { stillSignedIn } from '../auth/still-signed-in.ts';
import { clustersWith } from '../auth/principal.ts';
import { EventStream } from '../http/event-stream.ts';
import { follow } from '../http/follow.ts';
import { Platform } from '../platform/platform.ts';

@Injectable()
export class EventsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Of one cluster, or of every one that the caller may see. */
  follow(caller: Caller, after: number | undefined, cluster?: Cluster): EventStream {
    const { database, eventBus } = this.#platform;
    const visible = cluster === undefined ? clustersWith(caller.principal, 'events.read') : [cluster.id];
    return new EventStream({
      kind: 'events',
      read: (signal) =>
        follow({
          bus: eventBus,
          signal: AbortSignal.any([signal, stillSignedIn(this.#platform, caller, signal)]),
          start: async () => after ?? (await events.readLastId(database.queries)),
          readAfter: (id, limit) => events.readAfter(database.queries, visible, id, limit),
          idOf: (event) => Number(event.id),
          nameOf: (event) => event.type,
        }),
    });
  }
}
