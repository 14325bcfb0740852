import { fromBase64url } from '@asterism/bytes';
import {
  nodeAccessStateSchema,
  type Access,
  type NodeAccessState,
  type Problem,
  type SshAuthority,
} from '@asterism/contracts';
import { parseRevocationList } from '@asterism/ssh';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MemberPeer } from '../node/peer.ts';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { eventually } from '../testing/eventually.ts';
import { Member } from '../testing/member.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { NodeAccessStates } from './node-access-states.ts';

const ACCESS = '/v1/clusters/production/access';
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});

let api: TestNodeApi;
let operators: TestOperators;
let worker: RawPeer;
const key = makeSshKey();
const clusterId = () => api.seeded.cluster.id;
const read = (peer: RawPeer) => peer.request<NodeAccessState & Problem>('GET', '/agent/v1/access');
const state = async (peer: RawPeer) => nodeAccessStateSchema.parse((await read(peer)).body);
const newWorker = async (url?: string) => {
  const peer = await api.peer(api.machine(), url);
  await join(peer);
  return peer;
};

beforeAll(async () => {
  api = await startTestNodeApi();
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
  worker = await newWorker();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});
beforeEach(() => declareAccess(operators, [accessUser(key)]));

describe('what a node enforces', () => {
  it('is its own: names and places are the server’s (S17), accounts those of its pool', async () => {
    const users = [
      accessUser(key, { pools: ['workers'], principals: ['alice', 'root'], sudo: { kind: 'all' } }),
      accessUser(makeSshKey(), { name: 'bob', principals: ['bob'], pools: ['control-plane'] }),
    ];
    const { revision } = await declareAccess(operators, users, { offlineSeconds: 3_600 });
    const { node, places, issuedAt, validUntil, ...shared } = await state(worker);
    const { id, name } = (await worker.self()).body;
    expect({ node, places }).toEqual({ node: { id, name }, places: ['pool.workers', `node.${name}`] });
    expect(Date.parse(validUntil) - Date.parse(issuedAt)).toBe(3_600_000);
    expect(shared).toMatchObject({
      ...{ revision, cluster: { id: clusterId(), name: 'production' }, sessions: 'end-with-grant' },
      accounts: [
        { name: 'alice', sudo: { kind: 'all' }, until: null },
        { name: 'root', sudo: { kind: 'none' }, until: null },
      ],
    });
    const { items } = (await operators.ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`)).body;
    const wanted = items.filter(({ kind }) => kind !== 'host').map(({ publicKey }) => publicKey);
    expect(shared.authorities.map(({ publicKey }) => publicKey).sort()).toEqual(wanted.sort());
    const list = parseRevocationList(fromBase64url(shared.revocationList));
    expect([list.version, list.fingerprints.size]).toEqual([BigInt(revision), 0]);
  });

  it('takes what is revoked with it, and authorities as they come and go', async () => {
    const before = await state(worker);
    const lost = makeSshKey().fingerprint;
    const body = { fingerprint: lost, reason: 'lost' };
    expect((await operators.ask(`POST ${ACCESS}/revoked-keys`, { body })).status).toBe(201);
    const { body: coming } = await operators.ask<SshAuthority>(`POST ${ACCESS}/authorities/user/rotate`);
    const both = await state(worker);
    expect(both.revision).toBeGreaterThan(before.revision);
    expect(both.authorities.filter(({ kind }) => kind === 'user')).toMatchObject([
      { version: coming.version, trustedUntil: null },
      { version: coming.version - 1, trustedUntil: expect.any(String) as string },
    ]);
    const confirm = coming.fingerprint;
    const revoke = `POST ${ACCESS}/authorities/user/${coming.version}/revoke`;
    expect((await operators.ask(revoke, { body: { confirm, reason: 'a test' } })).status).toBe(200);
    const after = await state(worker);
    expect(after.authorities.map(({ publicKey }) => publicKey)).not.toContain(coming.publicKey);
    const list = parseRevocationList(fromBase64url(after.revocationList));
    expect(list.fingerprints).toEqual(new Set([lost, confirm]));
  });

  it('has no account of a user whose time is over, though nothing was changed', async () => {
    const expiresAt = new Date(Date.now() + 500).toISOString();
    const { revision } = await declareAccess(operators, [
      accessUser(key, { principals: ['alice'], expiresAt }),
    ]);
    expect((await state(worker)).accounts).toMatchObject([{ name: 'alice', until: expiresAt }]);
    await eventually(async () => expect(await state(worker)).toMatchObject({ revision, accounts: [] }));
  });

  it('is of one moment: its number and its content are never of two', async () => {
    // Every change has so many users as no other one.
    const made = new Map<number, number>();
    let done = false;
    const change = async () => {
      for (let count = 1; count <= 15; count++) {
        const users = Array.from({ length: count }, (_, n) =>
          accessUser(makeSshKey(), { name: `user-${n}`, principals: [`user-${n}`] }),
        );
        const { revision } = await declareAccess(operators, users);
        made.set(revision, count);
      }
      done = true;
    };
    const seen: [number, number][] = [];
    const follow = async () => {
      // Each has a cache of its own: the one of the listener would be asked once a change.
      while (!done) {
        const states = new NodeAccessStates({
          database: api.database,
          authorities: api.platform.sshAuthorities,
        });
        const { pieces } = await states.read(await memberPeer());
        const { revision, accounts } = parse(pieces);
        seen.push([revision, accounts.length]);
      }
    };
    await Promise.all([change(), follow(), follow(), follow()]);
    const compared = seen.filter(([revision]) => made.has(revision));
    expect(new Set(compared.map(([revision]) => revision)).size).toBeGreaterThan(5);
    expect(compared).toEqual(compared.map(([revision]) => [revision, made.get(revision)]));
  });

  it('S36 is written once for all that read at once, and shared by a thousand of them', async () => {
    const users = Array.from({ length: 500 }, (_, n) =>
      accessUser(makeSshKey(), { name: `user-${n}`, principals: [`user-${n}`, 'deploy'] }),
    );
    await declareAccess(operators, users);
    const states = new NodeAccessStates({
      ...{ database: api.database, authorities: api.platform.sshAuthorities },
    });
    const peer = await memberPeer();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => states.read(peer)));
    const own = new Set(answers.map(({ pieces }) => pieces[0]));
    const shared = new Set(answers.flatMap(({ pieces }) => pieces.slice(1)));
    const sizeOf = (pieces: Iterable<Uint8Array | undefined>) =>
      [...pieces].reduce((sum, piece) => sum + (piece?.length ?? 0), 0);
    expect(own.size).toBe(1_000);
    expect(sizeOf(own)).toBeLessThan(1_000 * 400);
    expect(sizeOf(shared)).toBeLessThan(sizeOf(answers[0]?.pieces ?? []) + 100);
    expect(parse(answers[999]?.pieces ?? []).accounts).toHaveLength(501);
  });

  it('S20 is told to nobody who is unattested, no node yet or not locked; nor is anything else taken', async () => {
    const peer = await api.peer(api.machine());
    const routes = [
      ['GET', '', undefined],
      ['POST', '/host-certificates', { publicKey: key.line }],
      ['POST', '/report', REPORT],
      ['POST', '/sessions', { events: [OPENED] }],
    ] as const;
    const all = () =>
      Promise.all(
        routes.map(async ([method, path, body]) => {
          const { status, body: answer } = await peer.request(method, `/agent/v1/access${path}`, body);
          return [status, (answer as Problem | null)?.code];
        }),
      );
    const each = (status: number, code: string) => routes.map(() => [status, code]);
    expect(await all()).toEqual(each(401, 'attestation-required'));
    await peer.attest();
    expect(await all()).toEqual(each(401, 'attestation-required'));
    await peer.enrol();
    expect(await all()).toEqual(each(409, 'node-not-locked'));
    await peer.machine.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    await peer.reportLock();
    expect((await all()).map(([status]) => status)).toEqual([200, 200, 204, 204]);
  });

  it('S24 is told to no node that is quarantined or revoked, from that commit on', async () => {
    const peer = await newWorker();
    const { id, name } = (await peer.self()).body;
    const route = `POST /v1/clusters/production/nodes/${id}`;
    expect((await read(peer)).status).toBe(200);
    await operators.ask(`${route}/quarantine`, { body: { reason: 'odd' } });
    expect(await read(peer)).toMatchObject(refusedAs('node-quarantined', 403));
    await operators.ask(`${route}/revoke`, { body: { reason: 'stolen', confirm: name } });
    expect(await read(peer)).toMatchObject(refusedAs('node-revoked', 403));
  });
});

describe('a change of access', () => {
  it('is told to the nodes of its cluster on every replica, and to no other', async () => {
    const { node: other } = await api.replica();
    const members = await Promise.all([
      Member.join(await api.peer(api.machine())),
      Member.join(await api.peer(api.machine(), other.url)),
    ]);
    await operators.ask('POST /v1/clusters', {
      body: { name: 'elsewhere', kubernetesMode: 'none', description: '' },
    });
    const strangers = await declareAccess(operators, [accessUser(makeSshKey())], {}, 'elsewhere');
    let latest: Access | undefined;
    for (let n = 1; n <= 5; n++) {
      latest = await declareAccess(operators, [
        accessUser(key, { comment: `change ${n}`, principals: [`a-${n}`] }),
      ]);
    }
    const last = { type: 'access', revision: latest?.revision };
    for (const { told } of members) await eventually(() => expect(told.at(-1)).toEqual(last));
    const own = new Set(Array.from({ length: 6 }, (_, n) => Number(latest?.revision) - n));
    for (const { told } of members) {
      expect(told.every((event) => event.type === 'access' && own.has(event.revision))).toBe(true);
    }
    expect(own.has(strangers.revision)).toBe(false);
    await other.close();
  });
});

const REPORT = { revision: 0, opensshVersion: null, faults: [], drift: [], addresses: [] };
const OPENED = {
  ...{ kind: 'opened', session: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11', at: '2026-11-25T10:00:00.000Z' },
  ...{ account: 'deploy', method: 'other', source: '192.0.2.7', sourcePort: 1, certificate: null },
};

/** The worker as the guard hands it to a handler. */
async function memberPeer(): Promise<MemberPeer> {
  const { id, name } = (await worker.self()).body;
  const target = { clusterId: clusterId(), clusterName: 'production', poolName: 'workers' };
  return { attested: { target, lock: 'locked' }, member: { id, name } } as MemberPeer;
}

function parse(pieces: readonly Uint8Array[]): NodeAccessState {
  return nodeAccessStateSchema.parse(JSON.parse(Buffer.concat(pieces).toString()));
}
