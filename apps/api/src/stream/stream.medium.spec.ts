import { nodes } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { join, type RawPeer, type StreamReader } from '../testing/raw-peer.ts';
import { toMortal } from '../testing/mortal-database.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';
import { startNodeApplication } from '../node/node-application.ts';

let api: TestNodeApi;
beforeAll(async () => {
  api = await startTestNodeApi({ timings: { lostAfter: 400 } });
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
    await eventually(async () => expect((await node(id))?.connection).toBeNull());
  });

  it('S35 a node that falls silent is lost, not failed, and is what it was when it is heard again', async () => {
    const { peer, id } = await member();
    peer.close();
    await eventually(async () => expect(await stateOf(id)).toBe('lost'));
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

  it('is noted again when the database has forgotten it, and its node is not lost', async () => {
    const { peer, id } = await member();
    await api.test.sql('delete from connections where node_id = $1', [id]);
    await eventually(async () => expect((await node(id))?.connection).not.toBeNull());
    const until = Date.now() + 1_000;
    while (Date.now() < until) expect(await stateOf(id)).toBe('member');
    peer.close();
    await eventually(async () => expect((await node(id))?.connection).toBeNull());
  });

  it('is forgotten with a replica that died, and its node comes back to another one', async () => {
    const database = await api.test.connectReplica();
    const mortal = toMortal(database);
    const { platform, stop } = await createTestPlatform(mortal.database);
    const other = await startNodeApplication({
      platform,
      identity: api.identity,
      listen: { host: '127.0.0.1', port: 0 },
      timings: { lostEvery: 50, lostAfter: 60_000 },
    });
    const { peer, id } = await member(other.url);
    mortal.dieAfter(0);
    const [row] = await api.test.sql('select replica_id from connections where node_id = $1', [id]);
    await api.test.sql(`update replicas set seen_at = seen_at - interval '1 hour' where id = $1`, [
      row?.['replica_id'],
    ]);
    await eventually(async () => expect((await node(id))?.connection).toBeNull());
    await eventually(async () => expect(await stateOf(id)).toBe('lost'));
    const again = await api.peer(peer.machine);
    await again.attest();
    const stream = await again.follow();
    expect(await stream.next()).toEqual({ type: 'ready' });
    expect(await stateOf(id)).toBe('member');
    await other.close();
    await stop();
  });
});
