import type { EventBus } from '../platform/event-bus.ts';
import type { StreamEvent } from './event-stream.ts';

export interface FollowOptions<Item> {
  readonly bus: EventBus;
  readonly signal: AbortSignal;
  /** Id to go on after. */
  readonly start: () => Promise<number>;
  readonly readAfter: (id: number, limit: number) => Promise<readonly Item[]>;
  readonly idOf: (item: Item) => number;
  readonly nameOf: (item: Item) => string;
}

const PAGE = 200;
/** Notifications are hints; without one the table is still looked at so often. */
const POLL_MS = 5_000;

/** Rows of an append-only table as they are committed, each once and in order, until `signal` aborts. */
export async function* follow<Item>(options: FollowOptions<Item>): AsyncGenerator<StreamEvent> {
  const { bus, signal, idOf } = options;
  let last = await options.start();
  while (!signal.aborted) {
    const version = bus.version;
    const items = await options.readAfter(last, PAGE);
    for (const item of items) {
      last = idOf(item);
      yield { id: String(last), event: options.nameOf(item), data: item };
    }
    if (items.length < PAGE) await bus.next(version, POLL_MS, signal);
  }
}
