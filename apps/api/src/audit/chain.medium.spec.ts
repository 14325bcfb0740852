import type { AuditRecord, AuditVerification } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

/** As somebody who owns the database would, past every guard of it. */
async function tamper(api: TestOperatorApi, text: string, values: readonly unknown[] = []): Promise<void> {
  await api.test.sql('alter table audit disable trigger all');
  await api.test.sql(text, values);
  await api.test.sql('alter table audit enable trigger all');
}

describe('S30 the audit chain', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());
  beforeEach(async () => {
    for (let n = 0; n < 3; n++) expect((await api.ask('POST /v1/sign-in-links')).status).toBe(201);
  });

  const verify = async () => (await api.ask<AuditVerification>('GET /v1/audit/verify')).body;
  const records = async () =>
    (await api.ask<Page<AuditRecord>>('GET /v1/audit?order=ascending&limit=200')).body.items;

  it('is whole, and its head is signed by a key that everybody can read', async () => {
    const { intact, records: count, head } = await verify();
    const last = (await records()).at(-1);
    expect({ intact, count }).toEqual({ intact: true, count: (await records()).length });
    expect(head).toMatchObject({ sequence: last?.sequence, hash: last?.hash });
    const keys = (await api.ask<JSONWebKeySet>('GET /.well-known/jwks.json', { token: undefined })).body;
    const { payload, protectedHeader } = await jwtVerify(head?.signature ?? '', createLocalJWKSet(keys));
    expect(payload).toMatchObject({ sequence: last?.sequence, hash: last?.hash });
    expect(protectedHeader.alg).toBe('ES256');
  });

  it('cannot be edited, cut or emptied through the database', async () => {
    for (const text of [
      `update audit set action = 'nothing'`,
      'delete from audit where sequence = 1',
      'truncate audit',
    ]) {
      await expect(api.test.sql(text)).rejects.toThrow(/append-only|append_only|cannot/);
    }
  });

  it.each([
    ['edited', `update audit set action = 'nothing.happened' where sequence = $1`],
    ['given to another actor', `update audit set actor = 'system' where sequence = $1`],
    ['moved in time', `update audit set at = at + interval '1 second' where sequence = $1`],
    ['deleted', 'delete from audit where sequence = $1'],
  ])('says where a record was %s', async (_, text) => {
    const all = await records();
    const sequence = all.at(-2)?.sequence ?? 0;
    const [row] = await api.test.sql('select * from audit where sequence = $1', [sequence]);
    await tamper(api, text, [sequence]);
    const broken = await verify();
    expect(broken).toMatchObject({ intact: false, brokenAt: sequence, head: null });
    expect(broken.reason).not.toBeNull();
    await tamper(api, 'delete from audit where sequence = $1', [sequence]);
    await tamper(api, 'insert into audit select * from jsonb_populate_record(null::audit, $1::jsonb)', [
      JSON.stringify(row),
    ]);
    expect((await verify()).intact).toBe(true);
  });

  it('says that its end was cut off, once a head was signed', async () => {
    await verify();
    const sequence = (await records()).at(-1)?.sequence ?? 0;
    const [row] = await api.test.sql('select * from audit where sequence = $1', [sequence]);
    await tamper(api, 'delete from audit where sequence = $1', [sequence]);
    expect((await verify()).intact).toBe(false);
    await tamper(api, 'insert into audit select * from jsonb_populate_record(null::audit, $1::jsonb)', [
      JSON.stringify(row),
    ]);
    expect((await verify()).intact).toBe(true);
  });

  it('does not believe a stored head that it did not sign', async () => {
    await verify();
    const [{ sequence, signature } = {}] = await api.test.sql(
      'select sequence, signature from audit_heads order by sequence desc limit 1',
    );
    const forged = `${String(signature).slice(0, -4)}AAAA`;
    await api.test.sql('update audit_heads set signature = $1 where sequence = $2', [forged, sequence]);
    expect(await verify()).toMatchObject({ intact: false, brokenAt: sequence });
    await api.test.sql('update audit_heads set signature = $1 where sequence = $2', [signature, sequence]);
  });

  it('shows an auditor of one cluster the records of that cluster only', async () => {
    const { production } = api.clusters;
    const auditor = await api.token([{ role: 'auditor', clusterId: production.cluster.id }]);
    for (const name of ['production', 'staging']) {
      const body = { description: 'changed' };
      await api.ask(`PATCH /v1/clusters/${name}`, { headers: { 'if-match': '"1"' }, body });
    }
    const { body } = await api.ask<Page<AuditRecord>>('GET /v1/audit', { token: auditor.secret });
    expect(body.items.length).toBeGreaterThan(0);
    expect(new Set(body.items.map(({ clusterId }) => clusterId))).toEqual(new Set([production.cluster.id]));
    expect((await api.ask('GET /v1/audit/verify', { token: auditor.secret })).status).toBe(403);
  });
});
