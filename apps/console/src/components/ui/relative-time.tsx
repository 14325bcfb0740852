'use client';

import { useSyncExternalStore } from 'react';
import { toRelativeTime } from './to-relative-time.ts';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all of a page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** "12 s ago", and the exact time on hovering. */
export function RelativeTime({ at }: { at: string }) {
  const date = new Date(at);
  const text = useSyncExternalStore(
    subscribe,
    () => toRelativeTime(date, Math.max(now, 0)),
    () => toRelativeTime(date, Date.now()),
  );
  return (
    <time
      dateTime={at}
      title={date.toISOString()}
      suppressHydrationWarning
      className="whitespace-nowrap tabular-nums"
    >
      {text}
    </time>
  );
}
