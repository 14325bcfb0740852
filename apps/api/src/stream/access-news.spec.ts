import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MemberPeer } from '../node/peer.ts';
import { AccessNews } from './access-news.ts';
import { OpenStream } from './open-stream.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const { signal } = new AbortController();
const streams = (count: number) =>
  Array.from({ length: count }, (_, n) => new OpenStream({ member: { id: `node-${n}` } } as MemberPeer));

/** What has been sent to each and was not read: the latest of it, by revision. */
async function revisionsOf(told: readonly OpenStream[]): Promise<(number | undefined)[]> {
  const next = Promise.all(told.map((stream) => stream.next(0, signal)));
  await vi.advanceTimersByTimeAsync(0);
  return (await next).map((event) => (event?.type === 'access' ? event.revision : undefined));
}

it('tells a few nodes at once, and a thousand spread over four seconds', async () => {
  const [few, many] = [streams(16), streams(1_000)];
  new AccessNews(() => few).tell('a', 7);
  expect(await revisionsOf(few)).toEqual(few.map(() => 7));
  new AccessNews(() => many).tell('a', 7);
  await vi.advanceTimersByTimeAsync(2_000);
  const half = (await revisionsOf(many)).filter((revision) => revision === 7).length;
  expect(half).toBeGreaterThan(400);
  expect(half).toBeLessThan(600);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await revisionsOf(many)).filter((revision) => revision === 7)).toHaveLength(1_000 - half);
});

it('tells the latest to all, of changes that come while it goes on, and each cluster its own', async () => {
  const of = { a: streams(100), b: streams(1) };
  const news = new AccessNews((clusterId) => of[clusterId as 'a' | 'b']);
  news.tell('a', 1);
  for (let revision = 2; revision <= 20; revision++) {
    await vi.advanceTimersByTimeAsync(37);
    news.tell('a', revision);
  }
  news.tell('b', 5);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await revisionsOf(of.a)).toEqual(of.a.map(() => 20));
  expect(await revisionsOf(of.b)).toEqual([5]);
  news.tell('a', 21);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await revisionsOf(of.a)).toEqual(of.a.map(() => 21));
});
