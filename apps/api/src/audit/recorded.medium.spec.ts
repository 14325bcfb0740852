import type {
  AuditRecord,
  Cluster,
  CreatedRecoverySet,
  Enrolment,
  Node,
  Pool,
  SealSlot,
} from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { makePeople } from '@asterism/testkit/recovery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessChanges } from '../testing/access-changes.ts';
import { dump } from '../testing/dump.ts';
import { KEK, keyChanges, type Change } from '../testing/key-changes.ts';
import { openShares, recipientsOf } from '../testing/people.ts';
import { operatorDocument } from '../documents/operator-document.ts';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { testPolicy } from '../testing/test-policy.ts';

const CLUSTER = '/v1/clusters/production';

/** Writes nothing, or nothing that an operator decided: the node side has its own tests. */
const NO_DECISION = ['dryRunPolicy', 'importMeasurements', 'createVerification', 'attestNode', 'planAccess'];

describe('S30 every change has its audit record in the same transaction', () => {
  let api: TestNodeApi;
  let operators: TestOperators;
  let names = 0;

  beforeAll(async () => {
    api = await startTestNodeApi({
      timings: { lostAfter: 600_000, scheduleEvery: 600_000 },
      platform: { kek: KEK },
    });
    operators = await serveTestOperators(api.platform, api.node.interrogator);
    await api.initialise();
    await api.test.sql(`create function audit_is_full() returns trigger language plpgsql as $$
      begin raise exception 'the audit log takes nothing'; end $$`);
  });
  afterAll(async () => {
    await operators.close();
    await api.stop();
  });

  const newName = () => `made-${++names}`;
  const made = async <Body>(route: string, body: unknown): Promise<Body> => {
    const answer = await operators.ask<Body>(route, { body });
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const cluster = () =>
    made<Cluster>('POST /v1/clusters', { name: newName(), kubernetesMode: 'none', description: '' });
  const pool = () =>
    made<Pool>(`POST ${CLUSTER}/pools`, { name: newName(), role: 'worker', variant: 'tpm', description: '' });
  const policy = async () => {
    const { id, revision } = await pool();
    const create = { document: testPolicy(['0'.repeat(64)]), comment: '' };
    await made(`POST ${CLUSTER}/pools/${id}/policies`, create);
    await made(`POST ${CLUSTER}/pools/${id}/policies`, create);
    return { id, revision };
  };
  const activate = async (id: string, version: number, revision: number) => {
    const headers = { 'if-match': `"${revision}"` };
    const { status } = await operators.ask(`POST ${CLUSTER}/pools/${id}/policies/${version}/activate`, {
      headers,
    });
    expect(status).toBe(200);
  };
  const node = async () => {
    const { node: ticketed } = await join(await api.peer(api.machine()));
    return (await operators.ask<Node>(`GET ${CLUSTER}/nodes/${ticketed.id}`)).body;
  };
  const waiting = async () => {
    await api.activate('workers', { approval: 'required' });
    const peer = await api.peer(api.machine());
    await peer.attest();
    expect((await peer.enrol()).status).toBe(202);
    await api.activate('workers', {});
    const { body } = await operators.ask<Page<Enrolment>>(`GET ${CLUSTER}/enrolments?state=waiting`);
    const [enrolment] = body.items;
    if (enrolment === undefined) throw new Error('nobody waits');
    return enrolment;
  };
  const token = () => operators.token([{ role: 'viewer', clusterId: null }]);
  const recoverySet = async () => {
    const recipients = recipientsOf(await makePeople('Ada', 'Grace'));
    return { threshold: 2, recipients, reason: 'test' };
  };
  /** One of two shares of the KEK, and the API sealed. */
  const closedShare = async () => {
    await api.platform.sealing.unseal('system');
    const people = await makePeople('Ada', 'Grace');
    const recipients = recipientsOf(people);
    const { shares } = await made<CreatedRecoverySet>('POST /v1/recovery-sets', {
      threshold: 2,
      recipients,
      reason: 'test',
    });
    api.platform.sealing.drop();
    const [share] = await openShares(shares, people);
    return share ?? '';
  };

  const CHANGES: Readonly<Record<string, Change>> = {
    ...keyChanges(
      () => api,
      () => operators,
    ),
    ...accessChanges(() => operators),
    createCluster: {
      action: 'cluster.created',
      prepare: async () => ({
        route: 'POST /v1/clusters',
        body: { name: newName(), kubernetesMode: 'none', description: '' },
      }),
    },
    updateCluster: {
      action: 'cluster.updated',
      prepare: async () => ({
        route: `PATCH /v1/clusters/${(await cluster()).id}`,
        headers: { 'if-match': '"1"' },
        body: { description: 'changed' },
      }),
    },
    deleteCluster: {
      action: 'cluster.deleted',
      prepare: async () => {
        const { name } = await cluster();
        return { route: `DELETE /v1/clusters/${name}`, body: { confirm: name } };
      },
    },
    createPool: {
      action: 'pool.created',
      prepare: async () => ({
        route: `POST ${CLUSTER}/pools`,
        body: { name: newName(), role: 'worker', variant: 'tpm', description: '' },
      }),
    },
    updatePool: {
      action: 'pool.updated',
      prepare: async () => ({
        route: `PATCH ${CLUSTER}/pools/${(await pool()).id}`,
        headers: { 'if-match': '"1"' },
        body: { description: 'changed' },
      }),
    },
    deletePool: {
      action: 'pool.deleted',
      prepare: async () => ({ route: `DELETE ${CLUSTER}/pools/${(await pool()).name}` }),
    },
    createPolicy: {
      action: 'policy.created',
      prepare: async () => ({
        route: `POST ${CLUSTER}/pools/${(await pool()).id}/policies`,
        body: { document: testPolicy(['0'.repeat(64)]), comment: '' },
      }),
    },
    activatePolicy: {
      action: 'policy.activated',
      prepare: async () => {
        const { id, revision } = await policy();
        const headers = { 'if-match': `"${revision}"` };
        return { route: `POST ${CLUSTER}/pools/${id}/policies/1/activate`, headers };
      },
    },
    rollbackPolicy: {
      action: 'policy.activated',
      prepare: async () => {
        const { id, revision } = await policy();
        await activate(id, 1, revision);
        await activate(id, 2, revision + 1);
        const headers = { 'if-match': `"${revision + 2}"` };
        return { route: `POST ${CLUSTER}/pools/${id}/policies/rollback`, headers };
      },
    },
    approveEnrolment: {
      action: 'enrolment.approved',
      prepare: async () => {
        const { id, identity } = await waiting();
        return { route: `POST ${CLUSTER}/enrolments/${id}/approve`, body: { identity, reason: 'seen' } };
      },
    },
    denyEnrolment: {
      action: 'enrolment.denied',
      prepare: async () => ({
        route: `POST ${CLUSTER}/enrolments/${(await waiting()).id}/deny`,
        body: { reason: 'unknown' },
      }),
    },
    quarantineNode: {
      action: 'node.quarantined',
      prepare: async () => ({
        route: `POST ${CLUSTER}/nodes/${(await node()).id}/quarantine`,
        body: { reason: 'odd' },
      }),
    },
    releaseNode: {
      action: 'node.released',
      prepare: async () => {
        const { id } = await node();
        await operators.ask(`POST ${CLUSTER}/nodes/${id}/quarantine`, { body: { reason: 'odd' } });
        return { route: `POST ${CLUSTER}/nodes/${id}/release`, body: { reason: 'looked at' } };
      },
    },
    revokeNode: {
      action: 'node.revoked',
      prepare: async () => {
        const { id, name } = await node();
        return { route: `POST ${CLUSTER}/nodes/${id}/revoke`, body: { reason: 'sold', confirm: name } };
      },
    },
    importCollateral: {
      action: 'collateral.imported',
      prepare: async () => ({
        route: 'POST /v1/collateral/bundle',
        body: { schema: 'asterism/collateral/v1', items: [] },
      }),
    },
    createToken: {
      action: 'token.created',
      prepare: async () => ({
        route: 'POST /v1/tokens',
        body: { name: 'new', expiresIn: 60, bindings: [{ role: 'viewer', clusterId: null }] },
      }),
    },
    revokeToken: {
      action: 'token.revoked',
      prepare: async () => ({ route: `POST /v1/tokens/${(await token()).id}/revoke` }),
    },
    createSignInLink: {
      action: 'sign-in-link.created',
      prepare: async () => ({ route: 'POST /v1/sign-in-links' }),
    },
    createSession: {
      action: 'session.created',
      prepare: async () => {
        const { code } = await made<{ code: string }>('POST /v1/sign-in-links', undefined);
        return { route: 'POST /v1/sessions', token: code };
      },
    },
    deleteSession: {
      action: 'token.revoked',
      prepare: async () => ({ route: 'DELETE /v1/session', token: (await token()).secret }),
    },
    createSealSlot: {
      action: 'seal.slot-added',
      prepare: async () => ({ route: 'POST /v1/seal/slots', body: { comment: 'one more' } }),
    },
    removeSealSlot: {
      action: 'seal.slot-removed',
      prepare: async () => {
        const { id } = await made<SealSlot>('POST /v1/seal/slots', { comment: 'to go' });
        return { route: `DELETE /v1/seal/slots/${id}` };
      },
    },
    createRecoverySet: {
      action: 'recovery.issued',
      prepare: async () => ({ route: 'POST /v1/recovery-sets', body: await recoverySet() }),
    },
    createClusterRecoverySet: {
      action: 'recovery.issued',
      prepare: async () => ({ route: `POST ${CLUSTER}/recovery-sets`, body: await recoverySet() }),
    },
    createBackup: {
      action: 'backup.created',
      prepare: async () => ({
        route: 'POST /v1/backups',
        body: { recipients: [(await makePeople('Ada'))[0]?.recipient] },
      }),
    },
    submitRecoveryShare: {
      action: 'recovery.share-submitted',
      prepare: async () => ({ route: 'POST /v1/recovery/shares', body: { share: await closedShare() } }),
    },
    discardRecoveryShares: {
      action: 'recovery.shares-discarded',
      prepare: async () => {
        const body = { share: await closedShare() };
        expect((await operators.ask('POST /v1/recovery/shares', { body })).status).toBe(200);
        return { route: 'DELETE /v1/recovery/shares' };
      },
    },
    unseal: {
      action: 'seal.unsealed',
      prepare: async () => {
        api.platform.sealing.drop();
        return { route: 'POST /v1/seal/unseal' };
      },
    },
    replaceKek: {
      action: 'seal.kek-replaced',
      prepare: async () => {
        api.platform.sealing.drop();
        return { route: 'POST /v1/seal/kek', body: { confirm: 'replace the KEK', reason: 'lost' } };
      },
    },
  };

  const lastRecords = async () =>
    (await operators.ask<Page<AuditRecord>>('GET /v1/audit?limit=200')).body.items;

  it('covers every operation of the document that changes something', () => {
    const changing = Object.values(
      operatorDocument()['paths'] as Record<string, Record<string, { operationId: string }>>,
    )
      .flatMap((methods) => Object.entries(methods))
      .filter(([method]) => method !== 'get')
      .map(([, { operationId }]) => operationId)
      .filter((id) => !NO_DECISION.includes(id));
    expect(Object.keys(CHANGES).sort()).toEqual(changing.sort());
  });

  it.each(Object.entries(CHANGES))('%s', async (_, { action, prepare }) => {
    const { route, ...options } = await prepare();
    const before = await dump(api.test);
    const known = new Set((await lastRecords()).map(({ sequence }) => sequence));
    await api.test.sql(
      'create trigger audit_is_full before insert on audit for each row execute function audit_is_full()',
    );
    const refused = await operators
      .ask(route, options)
      .finally(() => api.test.sql('drop trigger audit_is_full on audit'));
    expect([refused.status, refused.body.code]).toEqual([500, 'internal']);
    expect(refused.text).not.toContain('takes nothing');
    expect(await dump(api.test)).toEqual(before);

    const done = await operators.ask(route, options);
    expect(done.status).toBeLessThan(300);
    expect(await dump(api.test)).not.toEqual(before);
    const records = (await lastRecords()).filter(({ sequence }) => !known.has(sequence));
    expect(records.map((record) => record.action)).toEqual([action]);
    expect(records[0]?.actor).toMatch(/^token:[0-9a-f-]{36}$/);
  });
});
