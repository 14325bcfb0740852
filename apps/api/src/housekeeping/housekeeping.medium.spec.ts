import type { AuditVerification } from '@asterism/contracts';
import { audit } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService } from '../audit/audit.service.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';
import { startHousekeeping } from './housekeeping.ts';

describe('housekeeping', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());

  const keepHouse = async () => {
    const housekeeping = startHousekeeping(api.platform, new AuditService(api.platform));
    // The first run begins at once, and stopping waits for its end.
    await housekeeping.stop();
  };
  const count = async (table: string) =>
    Number((await api.test.sql(`select count(*) from ${table}`))[0]?.['count']);

  it('deletes what has ended and keeps what has not', async () => {
    const body = { name: 'kept', kubernetesMode: 'none', description: '' };
    await api.ask('POST /v1/clusters', { body, headers: { 'idempotency-key': 'kept' } });
    await api.ask('POST /v1/sign-in-links');
    const code = (await api.ask<{ code: string }>('POST /v1/sign-in-links')).body.code;
    await api.ask('POST /v1/sessions', { token: code });
    const before = { events: await count('events'), tokens: await count('tokens') };
    await keepHouse();
    expect([await count('sign_in_codes'), await count('idempotency_keys')]).toEqual([1, 1]);
    expect({ events: await count('events'), tokens: await count('tokens') }).toEqual(before);

    await api.test.sql(`update sign_in_codes set expires_at = now() - interval '1 second'`);
    await api.test.sql(`update idempotency_keys set created_at = now() - interval '25 hours'`);
    await api.test.sql(`update tokens set expires_at = now() - interval '31 days' where kind = 'session'`);
    await api.test.sql(`update events set at = now() - interval '8 days'`);
    await keepHouse();
    expect([await count('sign_in_codes'), await count('idempotency_keys')]).toEqual([0, 0]);
    expect(await count('tokens')).toBe(before.tokens - 1);
    // The newest stays, so that ids never start again.
    expect(await count('events')).toBe(1);
  });

  it('S30 signs the head of the audit chain as it grows, so that a later cut is seen', async () => {
    await api.ask('POST /v1/sign-in-links');
    await keepHouse();
    const { queries } = api.database;
    expect((await audit.readSignedHead(queries))?.sequence).toBe((await audit.readHead(queries))?.sequence);
    const heads = await count('audit_heads');
    await keepHouse();
    expect(await count('audit_heads')).toBe(heads);
    await api.test.sql('alter table audit disable trigger all');
    await api.test.sql('delete from audit where sequence = (select max(sequence) from audit)');
    await api.test.sql('alter table audit enable trigger all');
    expect((await api.ask<AuditVerification>('GET /v1/audit/verify')).body.intact).toBe(false);
  });
});
