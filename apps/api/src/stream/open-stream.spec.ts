import { expect, it } from 'vitest';
import type { MemberPeer } from '../node/peer.ts';
import { OpenStream } from './open-stream.ts';

const open = () => new OpenStream({ member: { id: 'a-node' } } as MemberPeer);
const { signal } = new AbortController();

it('makes one event of a burst of changes of access, with the latest revision, and keeps the others', async () => {
  const stream = open();
  for (let revision = 1; revision <= 500; revision++) stream.send({ type: 'access', revision });
  stream.send({ type: 'state', state: 'member', reason: null });
  stream.send({ type: 'access', revision: 501 });
  stream.end();
  expect(await stream.next(0, signal)).toEqual({ type: 'state', state: 'member', reason: null });
  expect(await stream.next(0, signal)).toEqual({ type: 'access', revision: 501 });
  expect(await stream.next(0, signal)).toBeUndefined();
});

it('is gone when its reader has left too much behind', () => {
  const stream = open();
  for (let n = 0; n <= 64; n++) stream.send({ type: 'state', state: 'member', reason: null });
  expect(stream.hasEnded).toBe(true);
});
