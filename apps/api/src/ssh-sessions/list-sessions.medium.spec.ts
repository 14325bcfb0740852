import type { Problem, SshSession } from '@asterism/contracts';
import { sshSessions, type Page } from '@asterism/persistence';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
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

const ACCESS = '/v1/clusters/production/access';

let api: TestNodeApi;
let operators: TestOperators;
let worker: RawPeer;
let other: RawPeer;
let shown: ShownCertificate;
const key = makeSshKey();

const opened = (change: Partial<OpenedSession> = {}) => openedSession(shown, change);
const list = (query: string) => listSessions(operators, query);
const nodeOf = async (peer: RawPeer) => (await peer.self()).body;

beforeAll(async () => {
  api = await startTestNodeApi();
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
  [worker, other] = [await api.peer(api.machine()), await api.peer(api.machine())];
  for (const peer of [worker, other]) await join(peer);
  await declareAccess(operators, [accessUser(key)]);
  ({ shown } = await grantLogin(operators, key));
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});

describe('the list of sessions', () => {
  it('is by state, node, grant and user, and of one cluster', async () => {
    const { id, name } = await nodeOf(other);
    const made = await grantLogin(operators, key);
    const [open, ended] = [opened({ certificate: made.shown }), opened({ certificate: made.shown })];
    await send(other, open, ended, closed(ended.session));
    const ids = async (query: string) =>
      (await list(`limit=200&${query}`)).items.map((session) => session.id);
    const grantOf = `grant=${made.grant.id}`;
    expect((await ids(grantOf)).sort()).toEqual([open.session, ended.session].sort());
    expect(await ids(`${grantOf}&state=open&user=alice&node=${name}`)).toEqual([open.session]);
    expect(await ids(`${grantOf}&state=closed&node=${id}`)).toEqual([ended.session]);
    expect(await ids(`${grantOf}&node=${(await nodeOf(worker)).name}`)).toEqual([]);
    expect(await ids(`${grantOf}&user=bob`)).toEqual([]);
    expect((await operators.ask(`GET ${ACCESS}/sessions?node=nobody`)).status).toBe(404);
    await operators.ask('POST /v1/clusters', {
      body: { name: 'empty', kubernetesMode: 'none', description: '' },
    });
    const elsewhere = await operators.ask<Page<SshSession>>('GET /v1/clusters/empty/access/sessions');
    expect(elsewhere.body.items).toEqual([]);
  });

  it('is paged, the newest first by when it was told, whatever ids nodes make', async () => {
    const events: OpenedSession[] = [];
    for (const session of ['ffffffff', '00000000', '88888888']) {
      const event = opened({ session: `${session}-0000-4000-8000-${randomUUID().slice(-12)}` });
      await send(worker, event);
      events.unshift(event);
    }
    const pages: string[] = [];
    let cursor = '';
    for (let n = 0; n < 3; n++) {
      const page = await list(`limit=1${cursor}`);
      pages.push(...page.items.map(({ id }) => id));
      cursor = `&cursor=${String(page.nextCursor)}`;
    }
    expect(pages).toEqual(events.map(({ session }) => session));
    const { body } = await operators.ask<Problem>(`GET ${ACCESS}/sessions?cursor=bm9uc2Vuc2U`);
    expect(body.code).toBe('cursor-invalid');
  });

  it('forgets what has been closed for long, and nothing that is open', async () => {
    const [open, ended, recent] = [opened(), opened(), opened()];
    await send(worker, open, ended, recent, closed(ended.session), closed(recent.session));
    await api.test.sql(
      `update ssh_sessions set opened_at = opened_at - interval '1 year',
         closed_at = closed_at - interval '1 year' where id = any($1)`,
      [[open.session, ended.session]],
    );
    await sshSessions.prune(api.database.queries, new Date(Date.now() - 90 * 86_400_000));
    const left = new Set((await list('limit=200')).items.map(({ id }) => id));
    expect([open, ended, recent].map(({ session }) => left.has(session))).toEqual([true, false, true]);
  });
});

describe('an event of a session', () => {
  it('is refused where it does not fit the contract', async () => {
    for (const change of [
      { certificate: { ...shown, serial: '18446744073709551616' } },
      { certificate: { ...shown, serial: '99999999999999999999' } },
      { certificate: { ...shown, serial: 'x' } },
      { user: 'alice' },
      { account: 'a\0b' },
    ]) {
      const { status, body } = await send(worker, opened(change as Partial<OpenedSession>));
      expect([status, body?.code]).toEqual([400, 'request-invalid']);
    }
  });
});
