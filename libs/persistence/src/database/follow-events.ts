import type { PlatformEvent } from '@asterism/contracts';
import * as events from '../repositories/events.ts';
import type { Database } from './database.ts';
import type { Subscription } from './listener.ts';

const PAGE = 500;

/**
 * Hands over every event committed after `after` (default: from now on), in commit order and each once. A notification
 * only wakes it; what it hands over it reads from the table, so a lost connection loses nothing. At most one read is
 * under way, whatever the rate of notifications.
 */
export async function followEvents(
  database: Database,
  handle: (events: readonly PlatformEvent[]) => void,
  options: { readonly after?: number; readonly onFault?: (error: Error) => void } = {},
): Promise<Subscription> {
  let last = options.after;
  let reading: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const readOn = async () => {
    do {
      again = false;
      for (;;) {
        const page = await events.readAfter(database.queries, 'all', last ?? 0, PAGE);
        const newest = page.at(-1);
        if (closed || newest === undefined) break;
        last = Number(newest.id);
        handle(page);
        if (page.length < PAGE) break;
      }
    } while (again && !closed);
  };
  const wake = () => {
    again = true;
    if (closed || last === undefined) return;
    reading ??= readOn()
      .catch((cause: unknown) => options.onFault?.(cause as Error))
      .finally(() => (reading = undefined));
  };

  const subscription = await database.listen(events.EVENTS_CHANNEL, wake, wake);
  last ??= await events.readLastId(database.queries);
  wake();
  return {
    close: async () => {
      closed = true;
      await subscription.close();
      await reading;
    },
  };
}
