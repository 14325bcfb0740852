import { describe, expect, it } from 'vitest';
import { bundle } from '../../../tools/build/bundle.ts';

/** Every program that is shipped; the console's is made by its framework and may not import this room by lint. */
const PROGRAMS = [
  ['api', 'main'],
  ['node-agent', 'main'],
  ['node-agent', 'launcher'],
  ['cli', 'main'],
] as const;

describe('bundles', () => {
  it.each(PROGRAMS)('S04 apps/%s %s has no mint, no test and nothing for tests in it', async (app, entry) => {
    const { inputs } = await bundle({ app, entry, standalone: false });
    const paths = Object.keys(inputs);
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => /^libs\/testkit\/|\/testing\/|\.spec\.ts$/.test(path))).toEqual([]);
  });

  it('apps/node-agent has nothing of recovery in it: a node never sees a share', async () => {
    const { inputs } = await bundle({ app: 'node-agent', entry: 'main', standalone: true });
    const paths = Object.keys(inputs);
    expect(paths.filter((path) => path.startsWith('libs/keys/'))).not.toEqual([]);
    expect(paths.filter((path) => /keys\/src\/recovery|age-encryption|shamir/.test(path))).toEqual([]);
  });
});
