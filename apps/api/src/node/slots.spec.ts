import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('S36 slots', () => {
  it('S36 lets in as many as there are, lines up as many as may wait, and turns the rest away at once', async () => {
    const slots = new Slots({ running: 2, waiting: 1 });
    const [first, second] = [await slots.enter(), await slots.enter()];
    const third = slots.enter();
    expect(await slots.enter()).toBeUndefined();
    first?.();
    const leave = await third;
    expect(leave).toBeTypeOf('function');
    expect(await Promise.race([slots.enter(), Promise.resolve('waits')])).toBe('waits');
    second?.();
    leave?.();
  });

  it('gives a slot back once, however often it is left', async () => {
    const slots = new Slots({ running: 1, waiting: 0 });
    const leave = await slots.enter();
    leave?.();
    leave?.();
    expect(await slots.enter()).toBeTypeOf('function');
    expect(await slots.enter()).toBeUndefined();
  });
});
