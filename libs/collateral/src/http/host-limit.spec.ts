import { TestClock } from '@asterism/testkit/collateral';
import { describe, expect, it } from 'vitest';
import { VendorBusyError } from '../errors.ts';
import { HostLimit } from './host-limit.ts';

const START = new Date('2026-06-01T00:00:00Z');
const late = new Date('2026-06-02T00:00:00Z');
const { signal } = new AbortController();

function limitOf(rate: { burst: number; perSecond: number; mostWaiting?: number }) {
  const clock = new TestClock(START);
  const limit = new HostLimit('kds.example', { mostWaiting: 100, ...rate }, clock);
  const elapsed = () => (clock.now().getTime() - START.getTime()) / 1000;
  return { clock, limit, elapsed };
}

describe('HostLimit', () => {
  it('lets a burst through and spaces what follows', async () => {
    const { limit, elapsed } = limitOf({ burst: 3, perSecond: 2 });
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      await limit.turn(late, signal);
      times.push(elapsed());
    }
    expect(times).toEqual([0, 0, 0, 0.5, 1, 1.5, 2]);
  });

  it('fills again while nobody asks, to the burst and no further', async () => {
    const { limit, clock } = limitOf({ burst: 2, perSecond: 1 });
    await limit.turn(late, signal);
    await limit.turn(late, signal);
    clock.advance(60_000);
    for (let i = 0; i < 3; i++) await limit.turn(late, signal);
    expect(clock.slept).toEqual([1000]);
  });

  it('leaves a host alone for as long as it asked', async () => {
    const { limit, elapsed } = limitOf({ burst: 5, perSecond: 1 });
    limit.pauseUntil(new Date(START.getTime() + 30_000));
    await limit.turn(late, signal);
    expect(elapsed()).toBe(30);
  });

  it('makes those who sleep already wait for a pause that came meanwhile', async () => {
    const { limit, clock, elapsed } = limitOf({ burst: 1, perSecond: 1 });
    await limit.turn(late, signal);
    const sleep = clock.sleep.bind(clock);
    let paused = false;
    clock.sleep = async (milliseconds, end) => {
      if (!paused) limit.pauseUntil(new Date(START.getTime() + 10_000));
      paused = true;
      await sleep(milliseconds, end);
    };
    await limit.turn(late, signal);
    expect(elapsed()).toBeGreaterThanOrEqual(10);
  });

  it('S10 tells at once whom his deadline would come before his turn, and when to come back', async () => {
    const { limit, clock } = limitOf({ burst: 1, perSecond: 1 });
    limit.pauseUntil(new Date(START.getTime() + 60_000));
    const turn = limit.turn(new Date(START.getTime() + 20_000), signal);
    await expect(turn).rejects.toThrow(VendorBusyError);
    await expect(turn).rejects.toMatchObject({ retryAt: new Date(START.getTime() + 60_000) });
    expect(clock.slept).toEqual([]);
  });

  it('S10 bounds the queue', async () => {
    const { limit, clock } = limitOf({ burst: 1, perSecond: 1, mostWaiting: 2 });
    clock.sleep = () => new Promise(() => undefined);
    await limit.turn(late, signal);
    const waiting = [limit.turn(late, signal), limit.turn(late, signal)];
    await expect(limit.turn(late, signal)).rejects.toMatchObject({ code: 'collateral-busy' });
    expect(waiting).toHaveLength(2);
  });

  it('gives the place in the queue back when its owner gives up', async () => {
    const { limit } = limitOf({ burst: 1, perSecond: 1, mostWaiting: 1 });
    await limit.turn(late, signal);
    const ended = AbortSignal.abort(new Error('given up'));
    await expect(limit.turn(late, ended)).rejects.toThrow('given up');
    await limit.turn(late, signal);
  });
});
