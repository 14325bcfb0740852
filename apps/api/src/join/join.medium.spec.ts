import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { join } from '../testing/raw-peer.ts';

let api: TestNodeApi;
beforeAll(async () => {
  api = await startTestNodeApi();
});
afterAll(() => api.stop());

describe('joining', () => {
  it('lets one machine make the cluster and others join it', async () => {
    const first = await api.peer(api.machine('control-plane'));
    const ticket = await join(first);
    expect(ticket).toMatchObject({
      kind: 'initialise',
      node: { role: 'control-plane', pool: 'control-plane' },
    });
    const second = await api.peer(api.machine());
    expect(await join(second)).toMatchObject({ kind: 'join', node: { role: 'worker', pool: 'workers' } });
    expect((await second.self()).body).toMatchObject({ state: 'member' });
  });
});
