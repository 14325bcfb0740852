import { nodes } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { join, type RawPeer, type StreamReader } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

let api: TestNodeApi;
beforeAll(async () => {
  api = await startTestNodeApi();
  await api.initialise();
});
afterAll(() => api.stop());

async function member(url?: string): Promise<{ peer: RawPeer; stream: StreamReader; id: string }> {
  const peer = await api.peer(api.machine(), url);
  const ticket = await join(peer);
  const stream = await peer.follow();
  expect(await stream.next()).toEqual({ type: 'ready' });
  return { peer, stream, id: ticket.node.id };
}

const node = async (id: string) => nodes.find(api.database.queries, api.seeded.cluster.id, id);
const stateOf = async (id: string) => (await node(id))?.state;

describe('the stream of a node', () => {
  it('shows the connection while it is open, and the key exchange that it negotiated', async () => {
    const { peer, id } = await member();
    expect((await node(id))?.connection).toMatchObject({
      tlsVersion: 'TLSv1.3',
      keyExchange: 'X25519MLKEM768',
      remoteAddress: '127.0.0.1',
    });
    peer.close();
    await vi.waitFor(async () => expect((await node(id))?.connection).toBeNull());
  });

  it('S35 a node that falls silent is lost, not failed, and is what it was when it is heard again', async () => {
    const { peer, id } = await member();
    peer.close();
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('lost'), 5_000);
    expect((await node(id))?.lastAppraisal?.outcome).toBe('accepted');
    const again = await api.peer(peer.machine);
    expect((await again.attest()).body.node?.state).toBe('lost');
    const stream = await again.follow();
    expect(await stream.next()).toEqual({ type: 'ready' });
    expect(await stateOf(id)).toBe('member');
  });

  it('is one a node: a newer one ends the older, here and on another replica', async () => {
    const { peer, stream, id } = await member();
    const newer = await api.peer(peer.machine);
    await newer.attest();
    const second = await newer.follow();
    expect(await second.next()).toEqual({ type: 'ready' });
    expect(await stream.next()).toBeUndefined();
    const { node: other } = await api.replica();
    const third = await api.peer(peer.machine, other.url);
    await third.attest();
    const elsewhere = await third.follow();
    expect(await elsewhere.next()).toEqual({ type: 'ready' });
    expect(await second.next()).toBeUndefined();
    expect(await stateOf(id)).toBe('member');
    expect((await node(id))?.connection).not.toBeNull();
  });
});
