import type { AuditRecord, SshAuthority, SshGrant, SshSession } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { withFullAudit } from '../testing/full-audit.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import {
  closedSession as closed,
  grantLogin,
  listSessions,
  openedSession,
  reportSessions as send,
  type OpenedSession,
  type ShownCertificate,
} from '../testing/session-reports.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { closeLostSessions } from './close-lost-sessions.ts';

const ACCESS = '/v1/clusters/production/access';

let api: TestNodeApi;
let operators: TestOperators;
let worker: RawPeer;
let other: RawPeer;
let grant: SshGrant;
let shown: ShownCertificate;
const key = makeSshKey();

const opened = (change: Partial<OpenedSession> = {}) => openedSession(shown, change);
const find = async (id: string) => (await listSessions(operators)).items.find((session) => session.id === id);
const trail = async (id: string) => {
  const { items } = (await operators.ask<Page<AuditRecord>>('GET /v1/audit?limit=200')).body;
  return items.filter(({ target }) => target === `ssh-session:${id}`).reverse();
};
const nodeOf = async (peer: RawPeer) => (await peer.self()).body;

beforeAll(async () => {
  api = await startTestNodeApi();
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
  [worker, other] = [await api.peer(api.machine()), await api.peer(api.machine())];
  for (const peer of [worker, other]) await join(peer);
  await declareAccess(operators, [accessUser(key)]);
  ({ grant, shown } = await grantLogin(operators, key));
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});

describe('a session that a node reports', () => {
  it('is of the user and the grant of its certificate, in the list, the trail and the events', async () => {
    const event = opened();
    expect((await send(worker, event)).status).toBe(204);
    const { id, name } = await nodeOf(worker);
    const session = await find(event.session);
    expect(session).toMatchObject({
      ...{ node: { id, name }, account: 'deploy', method: 'certificate', user: 'alice', grantId: grant.id },
      ...{ serial: shown.serial, keyId: shown.keyId, fingerprint: shown.fingerprint, emergency: false },
      ...{ source: '192.0.2.7', openedAt: event.at, closedAt: null, closeReason: null },
    });
    expect((await operators.ask<SshGrant>(`GET ${ACCESS}/grants/${grant.id}`)).body.openSessions).toBe(1);
    const end = closed(event.session, 'ended', new Date(Date.parse(event.at) + 1));
    await send(worker, end);
    expect(await find(event.session)).toMatchObject({ closedAt: end.at, closeReason: 'ended' });
    expect(await trail(event.session)).toMatchObject([
      {
        actor: `node:${id}`,
        action: 'ssh-session.opened',
        details: { user: 'alice', grantId: grant.id, doubt: null },
      },
      { actor: `node:${id}`, action: 'ssh-session.closed', details: { user: 'alice', reason: 'ended' } },
    ]);
    const events = await api.test.sql(
      `select data->>'state' as state from events where type = 'access.session' and data->>'sessionId' = $1 order by id`,
      [event.session],
    );
    expect(events).toEqual([{ state: 'open' }, { state: 'closed' }]);
  });

  it('is taken once, however often its events are sent, and in whatever batches', async () => {
    const event = opened();
    const end = closed(event.session);
    await Promise.all([send(worker, event), send(worker, event), send(worker, event, event)]);
    await send(worker, end, end);
    await send(worker, event, end);
    expect((await trail(event.session)).map(({ action }) => action)).toEqual([
      'ssh-session.opened',
      'ssh-session.closed',
    ]);
    expect((await find(event.session))?.closeReason).toBe('logout');
  });

  it('is its own node’s: another can neither close nor replace it', async () => {
    const event = opened();
    await send(worker, event);
    await send(other, closed(event.session), { ...event, account: 'alice' });
    const { id } = await nodeOf(worker);
    expect(await find(event.session)).toMatchObject({ node: { id }, account: 'deploy', closedAt: null });
    expect(await trail(event.session)).toHaveLength(1);
    await send(worker, closed(event.session));
  });

  const different = 'SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE';
  it.each<[string, Partial<ShownCertificate>, string]>([
    ['another authority', { authority: different }, 'the authority is none of this cluster'],
    ['a serial that was never given', { serial: '999999' }, 'no certificate of this serial was issued'],
    [
      'the highest serial there is',
      { serial: '18446744073709551615' },
      'no certificate of this serial was issued',
    ],
    ['another key', { fingerprint: different }, 'the certificate of this serial was another'],
    [
      'another key ID',
      { keyId: 'asterism:production:bob:x:1' },
      'the certificate of this serial was another',
    ],
  ])('names nobody for %s', async (_, change, doubt) => {
    const event = opened({ certificate: { ...shown, ...change } });
    expect((await send(worker, event)).status).toBe(204);
    expect(await find(event.session)).toMatchObject({ user: null, grantId: null, emergency: false });
    expect(await trail(event.session)).toMatchObject([{ details: { user: null, doubt } }]);
  });

  it('names nobody where the certificate is for another account, or another node', async () => {
    const doubt = 'it is not for this account on this node';
    const { name } = await nodeOf(worker);
    const { shown: ofWorker } = await grantLogin(operators, key, { node: name });
    const [here, there] = [opened({ certificate: ofWorker }), opened({ certificate: ofWorker })];
    const asAlice = opened({ account: 'alice' });
    await send(worker, here, asAlice);
    await send(other, there);
    expect(await find(here.session)).toMatchObject({ user: 'alice' });
    for (const { session } of [there, asAlice]) {
      expect(await find(session)).toMatchObject({ user: null, grantId: null });
      expect(await trail(session)).toMatchObject([{ details: { doubt } }]);
    }
  });

  it('names nobody for a serial of another version of the authority', async () => {
    const { body: coming } = await operators.ask<SshAuthority>(`POST ${ACCESS}/authorities/user/rotate`);
    const event = opened({ certificate: { ...shown, authority: coming.fingerprint } });
    await send(worker, event);
    expect(await find(event.session)).toMatchObject({ user: null, grantId: null });
  });

  it('is of the user and in doubt where the certificate was revoked before', async () => {
    const { shown: revoked } = await grantLogin(operators, key);
    await operators.ask(`POST ${ACCESS}/certificates/${revoked.serial}/revoke`, {
      body: { reason: 'a test' },
    });
    const event = opened({ certificate: revoked, at: new Date(Date.now() + 5).toISOString() });
    await send(worker, event);
    expect(await find(event.session)).toMatchObject({ user: 'alice' });
    expect(await trail(event.session)).toMatchObject([{ details: { doubt: 'it was revoked before' } }]);
  });

  it('is seen where no certificate of ours let it in', async () => {
    const event = opened({ method: 'password', account: 'root', certificate: null });
    await send(worker, event);
    expect(await find(event.session)).toMatchObject({
      method: 'password',
      account: 'root',
      user: null,
      serial: null,
    });
    expect(await trail(event.session)).toMatchObject([{ details: { method: 'password', doubt: null } }]);
  });

  it('is loud in an emergency, which its authority says and not its key ID', async () => {
    const keyId = 'asterism-emergency:production:bob:1795600000';
    const { items } = (await operators.ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`)).body;
    const authority = items.find(({ kind }) => kind === 'emergency')?.fingerprint ?? '';
    const certificate = { ...shown, keyId, authority };
    const event = opened({ account: 'root', certificate });
    const pretended = opened({ certificate: { ...shown, keyId } });
    await send(worker, event, pretended);
    await send(worker, closed(event.session));
    expect(await find(event.session)).toMatchObject({ user: 'bob', emergency: true });
    expect(await find(pretended.session)).toMatchObject({ user: null, emergency: false });
    expect((await trail(event.session)).map(({ action }) => action)).toEqual([
      'ssh-session.opened-in-emergency',
      'ssh-session.closed-in-emergency',
    ]);
    const lines = api.logged.filter((line) => line.includes('emergency certificate'));
    expect(lines.filter((line) => line.includes(event.session))).toHaveLength(1);
    expect(lines.join()).not.toContain(pretended.session);
  });

  it('has times within reason, whatever the node’s clock says, and does not end before it began', async () => {
    const [future, past] = [new Date(Date.now() + 86_400_000), new Date('1980-01-01T00:00:00.000Z')];
    const events = [future, past].map((at) => opened({ at: at.toISOString() }));
    await send(worker, ...events);
    for (const { session } of events) {
      const age = Date.now() - Date.parse((await find(session))?.openedAt ?? '');
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age).toBeLessThan(60_000);
      await send(worker, closed(session, 'logout', new Date(Date.now() - 3_600_000)));
      const { openedAt, closedAt } = (await find(session)) as SshSession;
      expect(closedAt).toBe(openedAt);
    }
  });
});

describe('what a node may not do', () => {
  it('S24 keep sessions open that nobody reports of any more: they end with its rights', async () => {
    const peer = await api.peer(api.machine());
    const { node } = await join(peer);
    const event = opened();
    await send(peer, event);
    const body = { reason: 'stolen', confirm: node.name };
    await operators.ask(`POST /v1/clusters/production/nodes/${node.id}/revoke`, { body });
    expect((await send(peer, closed(event.session))).status).toBe(403);
    await closeLostSessions(api.database);
    await closeLostSessions(api.database);
    expect(await find(event.session)).toMatchObject({ closeReason: 'lost' });
    expect(await trail(event.session)).toMatchObject([
      { action: 'ssh-session.opened' },
      { actor: 'system', action: 'ssh-session.closed', details: { user: 'alice', nodeId: node.id } },
    ]);
  });

  it('S30 report where no record can be written', async () => {
    const event = opened();
    await withFullAudit(api.test, async () => {
      expect((await send(worker, event)).status).toBe(500);
    });
    expect(await find(event.session)).toBeUndefined();
    expect((await send(worker, event)).status).toBe(204);
  });

  it('fill the trail: what comes after its budget has to wait, and others are heard', async () => {
    const peer = await api.peer(api.machine());
    await join(peer);
    const statuses: number[] = [];
    const flood = Array.from({ length: 200 }, () => closed(randomUUID()));
    for (let n = 0; n < 11; n++) statuses.push((await send(peer, ...flood)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 204), 429]);
    expect((await send(other, opened())).status).toBe(204);
  });
});
