import type { NodeAccess, NodeAccessReport, Problem } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { eventually } from '../testing/eventually.ts';
import { withFullAudit } from '../testing/full-audit.ts';
import { Member } from '../testing/member.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';

const NODES = '/v1/clusters/production/access/nodes';
const FAULT = { code: 'account-foreign', subject: 'alice', detail: 'uid 1000' } as const;

let api: TestNodeApi;
let operators: TestOperators;
let member: Member;
let revision: number;
const key = makeSshKey();
const report = (change: Partial<NodeAccessReport> = {}, from = member) =>
  from.peer.request<Problem | null>('POST', '/agent/v1/access/report', {
    ...{ revision, opensshVersion: 'OpenSSH_10.2p1', faults: [], drift: [], addresses: [] },
    ...change,
  });
const shown = async (node = member.id) => (await operators.ask<NodeAccess>(`GET ${NODES}/${node}`)).body;
const drift = (path: string, at = new Date()) => ({ path, kind: 'changed', at: at.toISOString() }) as const;
const records = (action: string) =>
  api.test.sql('select details from audit where action = $1 and actor = $2 order by sequence', [
    action,
    `node:${member.id}`,
  ]);
const events = async () =>
  (await api.test.sql(`select data from events where type = 'access.node' order by id`)).filter(
    ({ data }) => (data as { nodeId: string }).nodeId === member.id,
  );

beforeAll(async () => {
  api = await startTestNodeApi();
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});
beforeEach(async () => {
  ({ revision } = await declareAccess(operators, [accessUser(key)]));
  member = await Member.join(await api.peer(api.machine()));
});

describe('a report of a node', () => {
  it('says how the node stands: none, in force, behind, faulty, away', async () => {
    expect(await shown()).toMatchObject({ state: 'none', revision: 0, wanted: revision, reportedAt: null });
    const addresses = [{ host: '192.0.2.7', port: 22 }];
    expect((await report({ addresses })).status).toBe(204);
    expect(await shown()).toMatchObject({
      ...{ state: 'in-force', revision, wanted: revision, opensshVersion: 'OpenSSH_10.2p1', addresses },
      node: { id: member.id, name: member.ticket.node.name, pool: 'workers' },
    });
    const next = await declareAccess(operators, [
      accessUser(key, { comment: 'changed', principals: ['alice'] }),
    ]);
    expect(await shown()).toMatchObject({ state: 'behind', revision, wanted: next.revision });
    await report({ revision: next.revision, faults: [FAULT] });
    expect(await shown()).toMatchObject({ state: 'faulty', faults: [FAULT] });
    // More than there is: of a database that was put back.
    await report({ revision: next.revision + 5 });
    expect((await shown()).state).toBe('behind');
    member.peer.close();
    await eventually(async () => expect((await shown()).state).toBe('away'));
  });

  it('is its own node’s alone, and is in the list of its cluster', async () => {
    const other = await Member.join(await api.peer(api.machine()));
    await report({ faults: [FAULT] });
    expect(await shown(other.id)).toMatchObject({ state: 'none', faults: [] });
    const list = async (query: string) =>
      (await operators.ask<Page<NodeAccess>>(`GET ${NODES}?${query}`)).body;
    const all = (await list('limit=200')).items;
    expect(all.map(({ node }) => node.name)).toEqual(all.map(({ node }) => node.name).toSorted());
    const first = await list('limit=1');
    const rest = await list(`limit=200&cursor=${String(first.nextCursor)}`);
    expect([...first.items, ...rest.items]).toEqual(all);
    expect(all.find(({ node }) => node.id === member.id)).toMatchObject({ state: 'faulty' });
    expect((await operators.ask('GET /v1/clusters/production/access/nodes/nobody')).status).toBe(404);
  });

  it('is an event and a record where it says something new, and neither where it does not', async () => {
    const other = { ...FAULT, subject: 'bob' };
    await report();
    for (let n = 0; n < 10; n++) await report({ faults: [FAULT] });
    await report({ faults: [FAULT, other] });
    expect((await events()).map(({ data }) => (data as { faults: number }).faults)).toEqual([0, 1, 2]);
    expect((await records('node-access.faulty')).map(({ details }) => details)).toEqual([
      { faults: [{ code: FAULT.code, subject: 'alice' }] },
      { faults: [{ code: FAULT.code, subject: 'bob' }] },
    ]);
  });

  it('adds what was repaired to the latest, newest first, at no time that is yet to come', async () => {
    const now = Date.now();
    const paths = Array.from({ length: 30 }, (_, n) =>
      drift(`/etc/${n}`, new Date(now - 60_000 + n * 1_000)),
    );
    await report({ drift: paths.slice(0, 15) });
    await report({ drift: paths.slice(15) });
    const kept = (await shown()).drift.map(({ path }) => path);
    expect(kept).toEqual(Array.from({ length: 20 }, (_, n) => `/etc/${29 - n}`));
    await report({ drift: [drift('/etc/from-tomorrow', new Date(now + 86_400_000))] });
    const [newest] = (await shown()).drift;
    expect(newest?.path).toBe('/etc/from-tomorrow');
    expect(Date.parse(newest?.at ?? '')).toBeLessThanOrEqual(Date.now());
    expect((await records('node-access.repaired')).map(({ details }) => details)).toHaveLength(3);
  });

  it('fills neither the audit trail nor the database, however often it comes', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 301; n++) statuses.push((await report({ drift: [drift(`/etc/${n}`)] })).status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(300);
    expect(statuses.at(-1)).toBe(429);
    expect(await records('node-access.repaired')).toHaveLength(20);
    expect((await shown()).drift).toHaveLength(20);
    const other = await Member.join(await api.peer(api.machine()));
    expect((await report({}, other)).status).toBe(204);
  });

  it('S30 is not taken where its record cannot be written', async () => {
    await withFullAudit(api.test, async () => {
      expect((await report({ faults: [FAULT] })).status).toBe(500);
    });
    expect(await shown()).toMatchObject({ state: 'none', faults: [] });
  });
});
