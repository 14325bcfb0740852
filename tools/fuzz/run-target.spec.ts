import { describe, expect, it } from 'vitest';
import { runTarget } from './run-target.ts';

const module = new URL('testing/targets.ts', import.meta.url).href;
const run = (target: string) => runTarget({ module, target, seed: 7, seconds: 1, hangsAfter: 2000 });

describe('the fuzzer', () => {
  it('S09: finds nothing in a reader that refuses with codes, and feeds it many inputs', async () => {
    const { finding, inputs } = await run('sound');
    expect(finding).toBeUndefined();
    expect(inputs).toBeGreaterThan(1000);
  });

  it.each([
    ['crashes', /TypeError: undefined is not a function/],
    ['rejects', /RangeError: late/],
    ['hangs', /^hangs at input \d+$/],
    ['is-slow', /^took \d+ ms$/],
    ['hoards', /^holds \d+ bytes more than before$/],
  ])('S09: finds that a reader %s', async (target, what) => {
    expect((await run(target)).finding?.what).toMatch(what);
  });

  it('gives the very input, so that it can be seen again', async () => {
    const [first, second] = [await run('crashes'), await run('crashes')];
    expect(first.finding?.input[0]).not.toBe(1);
    expect(second).toEqual(first);
  });

  it('says where a target has nothing to begin with', async () => {
    expect(await run('has-no-seeds')).toMatchObject({ inputs: 0, skipped: true });
  });
});
