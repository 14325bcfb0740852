import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from './clock.ts';

describe('the clock of the system', () => {
  it('sleeps for as long as it is told', async () => {
    const start = SYSTEM_CLOCK.now().getTime();
    await SYSTEM_CLOCK.sleep(30, new AbortController().signal);
    expect(SYSTEM_CLOCK.now().getTime() - start).toBeGreaterThanOrEqual(25);
  });

  it('wakes at once when the sleep is ended, before or after it began', async () => {
    const end = new AbortController();
    const sleeping = SYSTEM_CLOCK.sleep(60_000, end.signal);
    end.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
    await expect(SYSTEM_CLOCK.sleep(60_000, end.signal)).rejects.toThrow('stopped');
  });
});
