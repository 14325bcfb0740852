import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { FAILED, PASSED } from './counts.ts';
import { runChecks, type Check } from './run-checks.ts';

/** Runs checks whose names begin with `1` for one core; each notes those that ran when it began. */
async function neighboursOf(names: readonly string[]): Promise<Record<string, readonly string[]>> {
  const running = new Set<string>();
  const neighbours: Record<string, readonly string[]> = {};
  const checks = names.map((name): Check => {
    const run = async () => {
      neighbours[name] = [...running];
      running.add(name);
      await delay(5);
      running.delete(name);
      return PASSED;
    };
    return { name, part: 'x', run, ...(name.startsWith('1') ? { oneCore: true } : {}) };
  });
  const ended = await runChecks(checks, { started: () => undefined, ended: () => undefined });
  expect(ended.map(({ check }) => check.name)).toEqual(names);
  return neighbours;
}

describe('checks', () => {
  it('of one core run two at a time, every other by itself', async () => {
    expect(await neighboursOf(['2a', '1a', '1b', '1c', '2b', '2c', '1d'])).toEqual({
      ...{ '2a': [], '1a': [], '1b': ['1a'] },
      ...{ '1c': [expect.stringMatching(/^1/)], '2b': [], '2c': [], '1d': [] },
    });
  });

  it('that throw have failed, and those behind them run', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const told: string[] = [];
    const checks: Check[] = [
      { name: 'first', part: 'x', oneCore: true, run: () => Promise.reject(new Error('out of paper')) },
      { name: 'second', part: 'x', run: () => Promise.resolve(PASSED) },
    ];
    const ended = await runChecks(checks, {
      started: ({ name }) => told.push(`started ${name}`),
      ended: ({ check: { name } }) => told.push(`ended ${name}`),
    });
    expect(ended.map(({ counts }) => counts)).toEqual([FAILED, PASSED]);
    expect(told).toEqual(['started first', 'ended first', 'started second', 'ended second']);
    expect(vi.mocked(console.log).mock.calls[0]?.[0]).toContain('out of paper');
  });
});
