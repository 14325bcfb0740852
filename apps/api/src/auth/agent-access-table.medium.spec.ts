import type { Problem } from '@asterism/contracts';
import { inTransaction, nodes } from '@asterism/persistence';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentDocument } from '../documents/agent-document.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

interface DocumentOperation {
  readonly 'x-connection': 'connection' | 'attested' | 'member';
  readonly requestBody?: { content: { 'application/json': { example: unknown } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentOperation;
}

const ROWS: readonly Row[] = Object.entries(agentDocument()['paths'] as Record<string, object>).flatMap(
  ([path, methods]) =>
    Object.entries(methods as Record<string, DocumentOperation>).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
);

/** Peers in the order in which they have more rights, then those who lost them. */
const PEERS = [
  'unattested',
  'unattested with an admin token',
  'attested',
  'member',
  'quarantined',
  'revoked',
] as const;
type PeerName = (typeof PEERS)[number];

const DENIALS: ReadonlySet<string> = new Set([
  'attestation-required',
  'attestation-expired',
  'node-quarantined',
  'node-revoked',
]);

function expected({ operation }: Row, peer: PeerName): string {
  const needs = operation['x-connection'];
  switch (peer) {
    case 'unattested':
    case 'unattested with an admin token':
      return needs === 'connection' ? 'granted' : 'attestation-required';
    case 'attested':
      return needs === 'member' ? 'attestation-required' : 'granted';
    case 'member':
      return 'granted';
    case 'quarantined':
      return needs === 'member' ? 'node-quarantined' : 'granted';
    case 'revoked':
      return needs === 'member' ? 'node-revoked' : 'granted';
  }
}

describe('S28 the node listener', () => {
  let api: TestNodeApi;
  let operators: TestOperatorApi;
  const peers = new Map<PeerName, RawPeer>();

  beforeAll(async () => {
    api = await startTestNodeApi();
    operators = await startTestOperatorApi();
    await api.initialise();
    for (const name of PEERS) {
      const peer = await api.peer(api.machine());
      peers.set(name, peer);
      if (name.startsWith('unattested')) continue;
      if (name === 'attested') {
        expect((await peer.attest()).status).toBe(200);
        continue;
      }
      const { node } = await join(peer);
      if (name === 'member') continue;
      await inTransaction(api.database, async (tx) => {
        const decision = { to: name as 'quarantined' | 'revoked', reason: 'test' };
        expect(await nodes.changeState(tx, api.seeded.cluster.id, node.id, decision)).toBe(true);
      });
    }
  });
  afterAll(async () => {
    await api.stop();
    await operators.stop();
  });

  async function ask({ method, path, operation }: Row, name: PeerName) {
    const peer = peers.get(name);
    const example = operation.requestBody?.content['application/json'].example;
    const stream = peer?.session.request(
      {
        ':method': method,
        ':path': path.replaceAll(/\{\w+\}/g, '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'),
        ...(example === undefined ? {} : { 'content-type': 'application/json' }),
        ...(name === 'unattested with an admin token'
          ? { authorization: `Bearer ${operators.admin.secret}` }
          : {}),
      },
      { endStream: example === undefined },
    );
    if (stream === undefined) throw new Error('no peer');
    if (example !== undefined) stream.end(JSON.stringify(example));
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    const status = Number(headers[':status']);
    if (String(headers['content-type']).startsWith('text/event-stream')) {
      stream.close();
      return { status, code: 'granted' };
    }
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    const { code } = (text === '' ? {} : JSON.parse(text)) as Partial<Problem>;
    return { status, code: code !== undefined && DENIALS.has(code) ? code : 'granted' };
  }

  it('says of every operation what it needs', () => {
    expect(ROWS.length).toBeGreaterThan(7);
    expect(ROWS.map(({ operation }) => operation['x-connection'])).not.toContain(undefined);
  });

  it.each(ROWS)('$method $path answers as the table says', async (row) => {
    const got: Record<string, string> = {};
    const want: Record<string, string> = {};
    for (const peer of PEERS) {
      const { status, code } = await ask(row, peer);
      got[peer] = code;
      want[peer] = expected(row, peer);
      expect(Object.keys(row.operation.responses), `${peer} got ${status}`).toContain(String(status));
    }
    expect(got).toEqual(want);
  });
});

describe('S28 the two listeners', () => {
  let operators: TestOperatorApi;
  let api: TestNodeApi;
  beforeAll(async () => {
    operators = await startTestOperatorApi();
    api = await startTestNodeApi({ machines: 1 });
  });
  afterAll(async () => {
    await operators.stop();
    await api.stop();
  });

  it.each(ROWS)('do not share $method $path', async ({ method, path }) => {
    const { status, body } = await operators.ask(`${method} ${path}`);
    expect([status, body.code]).toEqual([404, 'route-unknown']);
  });

  it('do not share an operation of operators', async () => {
    const peer = await api.peer(api.machine());
    for (const path of ['/v1/clusters', '/v1/session', '/metrics', '/docs', '/health/live']) {
      const { status, body } = await peer.request('GET', path);
      expect([path, status, body.code]).toEqual([path, 404, 'route-unknown']);
    }
  });
});
