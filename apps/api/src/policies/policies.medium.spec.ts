import type { DryRun, PolicyVersion, Pool } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { testPolicy } from '../testing/test-policy.ts';

const POOLS = '/v1/clusters/production/pools';
const ANYBODY = ['0'.repeat(64)];

describe('policies', () => {
  let api: TestNodeApi;
  let operators: TestOperators;
  const identities: string[] = [];
  beforeAll(async () => {
    api = await startTestNodeApi({ timings: { lostAfter: 600_000 } });
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    await api.initialise();
    for (let n = 0; n < 2; n++) {
      const machine = api.machine();
      identities.push(machine.tpm.identity);
      await join(await api.peer(machine));
    }
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  const newPool = async (name: string) => {
    const body = { name, role: 'worker', variant: 'tpm', description: '' };
    return (await operators.ask<Pool>(`POST ${POOLS}`, { body })).body;
  };
  const add = (pool: string, document: unknown) =>
    operators.ask<PolicyVersion>(`POST ${POOLS}/${pool}/policies`, { body: { document, comment: '' } });
  const act = (pool: string, what: string, revision: number) =>
    operators.ask<PolicyVersion>(`POST ${POOLS}/${pool}/policies/${what}`, {
      headers: { 'if-match': `"${revision}"` },
    });
  const dryRun = async (document: unknown) =>
    (await operators.ask<DryRun>(`POST ${POOLS}/workers/policies/dry-run`, { body: { document } })).body;

  it('are numbered versions that change nothing until one is activated, and go back by time', async () => {
    const { name, revision } = await newPool('versions');
    for (const version of [1, 2, 3])
      expect((await add(name, testPolicy(ANYBODY))).body.version).toBe(version);
    expect((await operators.ask<Pool>(`GET ${POOLS}/${name}`)).body.activePolicyVersion).toBeNull();
    expect((await act(name, 'rollback', revision)).body).toMatchObject({ code: 'policy-unknown' });
    await act(name, '1/activate', revision);
    await act(name, '3/activate', revision + 1);
    const back = await act(name, 'rollback', revision + 2);
    expect([back.status, back.body.version, back.body.active]).toEqual([200, 1, true]);
    const { items } = (await operators.ask<Page<PolicyVersion>>(`GET ${POOLS}/${name}/policies`)).body;
    expect(items.map(({ version, active }) => [version, active])).toEqual([
      [3, false],
      [2, false],
      [1, true],
    ]);
  });

  it('of concurrent activations one wins', async () => {
    const { name, revision } = await newPool('contended');
    await add(name, testPolicy(ANYBODY));
    await add(name, testPolicy(ANYBODY));
    const answers = await Promise.all([1, 2].map((version) => act(name, `${version}/activate`, revision)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const { activePolicyVersion } = (await operators.ask<Pool>(`GET ${POOLS}/${name}`)).body;
    expect(activePolicyVersion).toBe(answers[0]?.status === 200 ? 1 : 2);
  });

  it.each<[string, (document: Record<string, unknown>) => unknown]>([
    ['no field that it must have', (document) => ({ ...document, approval: undefined })],
    ['a field that it does not know', (document) => ({ ...document, trust: 'all' })],
    ['an empty list', (document) => ({ ...document, tpm: { ...(document['tpm'] as object), pcrs: {} } })],
    ['another variant', (document) => ({ ...document, variant: 'tdx' })],
    ['nothing', () => null],
  ])('S04 with %s is refused', async (_, change) => {
    const { status, body } = await add('workers', change({ ...testPolicy(ANYBODY) }));
    expect([status, (body as unknown as { code: string }).code]).toEqual([400, 'policy-invalid']);
  });

  it('a dry run says what would become of each node, and changes nothing', async () => {
    const before = await api.test.sql('select count(*) from appraisals');
    const same = await dryRun(testPolicy(identities));
    expect(same.summary).toEqual({ accepted: 2, refused: 0, undecided: 0, wouldBeLost: [] });
    const narrower = await dryRun(testPolicy(identities.slice(0, 1)));
    expect(narrower.summary).toMatchObject({ accepted: 1, refused: 1 });
    const lost = narrower.nodes.find(({ result }) => result?.outcome === 'refused');
    expect(narrower.summary.wouldBeLost).toEqual([lost?.name]);
    expect(lost?.result?.findings.length).toBeGreaterThan(0);
    expect(await api.test.sql('select count(*) from appraisals')).toEqual(before);
  });

  it('a dry run does not guess where only fresh evidence can tell', async () => {
    const document = testPolicy(identities);
    const pcrs = { ...document.tpm.pcrs, '9': { mode: 'enforce', values: 'any' } };
    const { summary, nodes } = await dryRun({ ...document, tpm: { ...document.tpm, pcrs } });
    expect(summary).toEqual({ accepted: 0, refused: 0, undecided: 2, wouldBeLost: [] });
    expect(nodes[0]?.result?.findings[0]?.code).toBe('pcr-selection-mismatch');
  });
});
