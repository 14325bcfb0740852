import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dump } from '../testing/dump.ts';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

let api: TestNodeApi;
beforeAll(async () => {
  api = await startTestNodeApi({ timings: { lostAfter: 600_000 } });
  await api.initialise();
});
afterAll(() => api.stop());

/** What an attestation leaves behind: it needs no key. */
const ATTESTED = [
  'attestation_keys',
  'evidence',
  'appraisals',
  'machines',
  'node_collateral',
  'events',
  'audit',
];

describe('nodes of an API that is sealed', () => {
  it('prove themselves, get no ticket, and are told when to ask again; then they get it on the same boot', async () => {
    const peer = await api.peer(api.machine());
    api.platform.sealing.drop();
    expect((await peer.attest()).status).toBe(200);
    const before = await dump(api.test, ATTESTED);
    const refused = await peer.enrol();
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'sealed' })]);
    expect(await dump(api.test, ATTESTED)).toEqual(before);
    expect(await api.platform.sealing.unseal('system')).toBe(true);
    const granted = await peer.enrol();
    expect([granted.status, granted.body.kind]).toEqual([200, 'grant']);
    const [node] = await api.test.sql('select boots from nodes where identity = $1', [
      peer.machine.tpm.identity,
    ]);
    expect(node).toEqual({ boots: 1 });
  });

  it('that are members stay so, and are appraised again', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    const stream = await peer.follow();
    expect((await stream.next())?.type).toBe('ready');
    api.platform.sealing.drop();
    expect((await peer.self()).status).toBe(200);
    const again = await api.peer(peer.machine);
    expect((await again.attest()).status).toBe(200);
    expect(await api.platform.sealing.unseal('system')).toBe(true);
  });
});
