import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

let api: TestNodeApi;
afterEach(() => api.stop());

const AGENTS = 1_000;
/** Sockets that are opened at once: a listener's backlog is no queue of ours. */
const OPENED_AT_ONCE = 100;

/**
 * As an agent does: comes back when it was told to, and a little later than others; on a new connection where the old
 * one was closed because it proved nothing for too long.
 */
async function attestPatiently(first: RawPeer): Promise<number> {
  let peer = first;
  for (let attempt = 1; ; attempt++) {
    const answer = await peer.attest().catch(() => null);
    if (answer === null) {
      await sleep(500 + Math.random() * 500);
      peer = await api.peer(first.machine).catch(() => first);
      continue;
    }
    const { status, headers, body } = answer;
    if (status === 200) return attempt;
    if (body.code !== 'overloaded') throw new Error(JSON.stringify(body));
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await sleep(Number(headers['retry-after']) * 1_000 + Math.random() * 500);
  }
}

describe('S36 admission', () => {
  it('S36 serves a thousand agents that reconnect at once, by back-off, in bounded memory', async () => {
    api = await startTestNodeApi({ machines: AGENTS, timings: { running: 8, waiting: 64 } });
    const peers: RawPeer[] = [];
    while (peers.length < AGENTS) {
      peers.push(
        ...(await Promise.all(Array.from({ length: OPENED_AT_ONCE }, () => api.peer(api.machine())))),
      );
    }
    const before = process.memoryUsage().rss;
    let peak = 0;
    const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
    const attempts = await Promise.all(peers.map(attestPatiently));
    clearInterval(watching);
    expect(attempts.filter((count) => count > 1).length).toBeGreaterThan(AGENTS / 10);
    // Both ends of a thousand attestations in one process; what waits is bounded, so this is as well.
    expect(peak - before).toBeLessThan(300 * 1024 * 1024);
  }, 120_000);

  it('S36 tells those over the bound to come back at times that are spread', async () => {
    api = await startTestNodeApi({ machines: 2, timings: { running: 1, waiting: 0 } });
    const machine = api.machine();
    const peers = await Promise.all(Array.from({ length: 12 }, () => api.peer(machine)));
    const answers = await Promise.all(
      peers.flatMap((peer) => [peer.challenge(), peer.challenge(), peer.challenge()]),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(refused.length).toBeGreaterThan(12);
    for (const { body } of refused) expect(body.code).toBe('overloaded');
    const times = new Set(refused.map(({ headers }) => headers['retry-after']));
    expect(times.size).toBeGreaterThan(2);
  });

  it('bounds the requests at once of one connection', async () => {
    api = await startTestNodeApi({ machines: 2, timings: { running: 1, waiting: 400 } });
    const peer = await api.peer(api.machine());
    const answers = await Promise.all(Array.from({ length: 40 }, () => peer.challenge()));
    const codes = answers.map(({ status, body }) => (status === 200 ? 'ok' : body.code));
    expect(codes.filter((code) => code === 'rate-limited').length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(16);
    expect((await peer.challenge()).status).toBe(200);
  });

  it('closes a socket that proves nothing in time', async () => {
    api = await startTestNodeApi({ machines: 2, timings: { attestWithin: 200 } });
    const [idle, proved] = [await api.peer(api.machine()), await api.peer(api.machine())];
    await proved.attest();
    await eventually(() => expect(idle.socket.destroyed).toBe(true));
    expect(proved.socket.destroyed).toBe(false);
  });
});
