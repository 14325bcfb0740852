'use client';

import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { openEvents } from '../../data/event-stream.ts';
import { followLive, type LiveState } from '../../data/live.ts';
import { ProblemAnswer } from '../../data/problem.ts';
import { staleTopics, type Topic } from '../../data/topics.ts';
import { cn } from '../class-names.ts';

const Live = createContext<LiveState>('connecting');

/** Many events at once become one refresh. */
const GATHER_MS = 250;

/** Holds the one event stream of a page and marks as stale what each event is about. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const leaving = new AbortController();
    const stale = new Set<Topic>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      const topics = [...stale];
      stale.clear();
      for (const topic of topics) void queryClient.invalidateQueries({ queryKey: [topic] });
    };
    void followLive({
      open: (after, opened) => openEvents(after, opened, leaving.signal),
      onState: setState,
      onEvent: ({ type }) => {
        for (const topic of staleTopics(type)) stale.add(topic);
        timer ??= setTimeout(refresh, GATHER_MS);
      },
      onOpen: () =>
        void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' }),
      isFinal: (error) => error instanceof ProblemAnswer && !error.passing,
      sleep: wait,
      signal: leaving.signal,
    });
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [queryClient]);
  return <Live value={state}>{children}</Live>;
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const SAYS: Readonly<Record<LiveState, readonly [text: string, dot: string]>> = {
  connecting: ['Connecting', 'bg-faint'],
  live: ['Live', 'bg-ok'],
  lost: ['Connection lost, trying again', 'bg-warn animate-pulse'],
  ended: ['Not live', 'bg-bad'],
};

/** Whether what is on the page follows the platform as it changes. */
export function LiveIndicator() {
  const [text, dot] = SAYS[use(Live)];
  return (
    <span role="status" className="inline-flex items-center gap-1.5 text-xs text-muted">
      <span className={cn('size-1.5 rounded-full', dot)} aria-hidden />
      {text}
    </span>
  );
}
