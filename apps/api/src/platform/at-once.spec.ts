import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atOnce } from './at-once.ts';

it('works on every item once, and on no more at a time than it was told', async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  await atOnce(
    Array.from({ length: 20 }, (_, n) => n),
    4,
    async (item) => {
      most = Math.max(most, ++running);
      await sleep(1);
      seen.push(item);
      running--;
    },
  );
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(most).toBe(4);
});

it('begins nothing after a failure, and throws it when what was under way has ended', async () => {
  const ended: number[] = [];
  const working = atOnce([0, 1, 2, 3, 4, 5], 2, async (item) => {
    await sleep(item === 0 ? 1 : 10);
    if (item === 0) throw new Error('first');
    ended.push(item);
  });
  await expect(working).rejects.toThrow('first');
  expect(ended).toEqual([1]);
});
