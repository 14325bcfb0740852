import type { PlatformEvent } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { followLive, type LiveState } from './live.ts';

const event = (id: string): PlatformEvent => ({
  id,
  type: 'node.state',
  clusterId: null,
  at: '2026-11-24T10:00:00.000Z',
  data: {},
});

type Attempt = (after: string | null, opened: () => void) => AsyncIterable<PlatformEvent>;

/** Runs one attempt after the other, then leaves the page. */
async function follow(attempts: readonly Attempt[], isFinal: (error: unknown) => boolean = () => false) {
  const leaving = new AbortController();
  const states: LiveState[] = [];
  const seen: string[] = [];
  const after: (string | null)[] = [];
  const waits: number[] = [];
  let opens = 0;
  await followLive({
    open: (last, opened) => {
      after.push(last);
      const attempt = attempts[after.length - 1];
      if (attempt !== undefined) return attempt(last, opened);
      leaving.abort();
      return nothing();
    },
    onState: (state) => states.push(state),
    onEvent: ({ id }) => seen.push(id),
    onOpen: () => (opens += 1),
    isFinal,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    signal: leaving.signal,
  });
  return { states, seen, after, waits, opens };
}

async function* nothing(): AsyncGenerator<PlatformEvent> {
  // No event: the page was left.
}

function gives(...ids: string[]): Attempt {
  return async function* (_, opened) {
    opened();
    for (const id of ids) yield event(id);
    throw new Error('connection reset');
  };
}

const refused: Attempt = async function* () {
  yield* nothing();
  throw new Error('connection refused');
};

describe('followLive', () => {
  it('resumes after the last event it saw, so that none is missed or seen twice', async () => {
    const { seen, after } = await follow([gives('1', '2'), refused, gives('3')]);
    expect(seen).toEqual(['1', '2', '3']);
    expect(after).toEqual([null, '2', '2', '3']);
  });

  it('says what it knows: live only while the server answers', async () => {
    const { states } = await follow([gives('1'), refused, gives('2')]);
    expect(states).toEqual(['connecting', 'live', 'lost', 'lost', 'live', 'lost']);
  });

  it('backs off while nobody answers and starts anew once somebody does', async () => {
    const { waits } = await follow([refused, refused, refused, gives('1'), refused]);
    expect(waits).toEqual([500, 1000, 2000, 500, 1000]);
  });

  it('says each time it opens that what happened before is not known', async () => {
    expect((await follow([gives('1'), refused, gives()])).opens).toBe(2);
  });

  it('gives up where trying again is useless', async () => {
    const { states, after } = await follow([gives('1'), refused], () => true);
    expect(states.at(-1)).toBe('ended');
    expect(after).toHaveLength(1);
  });
});
