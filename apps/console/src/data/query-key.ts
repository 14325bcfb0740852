import type { Topic } from './topics.ts';

/** First the topic, so that an event can say what it makes stale; then the cluster's name. */
export const topicKey = (topic: Topic, ...rest: readonly (string | number)[]) => [topic, ...rest] as const;

/** Of a page after the first. */
export function toCursor(cursor: string | null): { readonly cursor?: string } {
  return cursor === null ? {} : { cursor };
}
