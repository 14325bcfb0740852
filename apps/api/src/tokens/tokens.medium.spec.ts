import type { Session, Token } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';
import type { CreatedToken } from './tokens.service.ts';

const EVERYTHING = [{ role: 'viewer', clusterId: null }];

describe('tokens and sessions', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());

  const create = (body: object = {}) =>
    api.ask<CreatedToken>('POST /v1/tokens', {
      body: { name: 'new', expiresIn: 60, bindings: EVERYTHING, ...body },
    });
  const statusOf = async (token: string) => (await api.ask('GET /v1/session', { token })).status;
  const signIn = async (token: string = api.admin.secret) => {
    const { body: link } = await api.ask<{ code: string; expiresAt: string }>('POST /v1/sign-in-links', {
      token,
    });
    return {
      code: link.code,
      session: await api.ask<CreatedToken>('POST /v1/sessions', { token: link.code }),
    };
  };

  it('S29 shows a secret once and stores its hash', async () => {
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body.secret).toMatch(/^asterism_[A-Za-z0-9_-]{43}$/);
    expect(await statusOf(body.secret)).toBe(200);
    const { text } = await api.ask<Page<Token>>('GET /v1/tokens');
    expect(text).toContain(body.token.id);
    expect(text).not.toContain(body.secret);
    const [row] = await api.test.sql('select * from tokens where id = $1', [body.token.id]);
    expect(row?.['secret_hash']).toEqual(createHash('sha256').update(body.secret).digest());
  });

  it('S29 puts no secret into logs, metrics, errors, audit records or any table', async () => {
    const secrets: string[] = [api.admin.secret];
    const made = (await create()).body.secret;
    const { code, session } = await signIn();
    secrets.push(made, code, session.body.secret);
    const wrong = `asterism_${'x'.repeat(43)}`;
    const answers: string[] = [];
    for (const token of [...secrets, wrong]) {
      for (const route of [
        'GET /v1/session',
        `GET /v1/clusters/${token.slice(-20)}`,
        `GET /v1/clusters?cursor=${token}`,
        `GET /nothing/${token}?token=${token}`,
        'POST /v1/clusters',
      ]) {
        const body = route.startsWith('POST') ? { name: token, [token]: 1 } : undefined;
        answers.push((await api.ask(route, { token, body })).text);
      }
      await api.ask('GET /v1/session', { token: undefined, headers: { authorization: token } });
    }
    const metrics = (await api.ask('GET /metrics')).text;
    const audit = (await api.ask('GET /v1/audit?limit=200')).text;
    const tables = await api.test.sql(
      `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const stored: string[] = [];
    for (const { table_name: table } of tables) {
      stored.push(JSON.stringify(await api.test.sql(`select to_jsonb(t) from "${String(table)}" t`)));
    }
    for (const secret of [...secrets, wrong]) {
      expect(api.logged.join('')).not.toContain(secret.slice(12));
      expect(metrics).not.toContain(secret.slice(12));
      expect(audit).not.toContain(secret.slice(12));
      expect(stored.join('')).not.toContain(secret.slice(12));
    }
    // Names of fields are quoted back, values never are.
    expect(
      answers.filter((answer) =>
        secrets.some((secret) => answer.replaceAll(/"Unrecognized[^"]*"[^"]*"[^"]*"/g, '').includes(secret)),
      ),
    ).toEqual([]);
  });

  it('S29 a token expires, and says so', async () => {
    const { secret, id } = await api.token([{ role: 'viewer', clusterId: null }]);
    await api.test.sql(`update tokens set expires_at = now() - interval '1 second' where id = $1`, [id]);
    const { status, body } = await api.ask('GET /v1/session', { token: secret });
    expect([status, body.code]).toEqual([401, 'credentials-expired']);
    expect((await create({ expiresIn: 59 })).status).toBe(400);
    expect((await create({ expiresIn: 31_536_001 })).status).toBe(400);
  });

  it('is bound to clusters that there are', async () => {
    const clusterId = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
    const { status } = await create({ bindings: [{ role: 'viewer', clusterId }] });
    expect(status).toBe(404);
    expect((await create({ bindings: [] })).status).toBe(400);
  });

  it('notes when it was last used', async () => {
    const { secret, id } = await api.token([{ role: 'viewer', clusterId: null }]);
    await statusOf(secret);
    await expect
      .poll(async () => {
        const { items } = (await api.ask<Page<Token>>('GET /v1/tokens?limit=200')).body;
        return items.find((token) => token.id === id)?.lastUsedAt ?? null;
      })
      .not.toBeNull();
  });

  it('a sign-in code works once, for the rights of its maker', async () => {
    const viewer = await api.token([{ role: 'viewer', clusterId: api.clusters.staging.cluster.id }]);
    const { code, session } = await signIn(viewer.secret);
    expect(session.status).toBe(201);
    const { body } = await api.ask<Session>('GET /v1/session', { token: session.body.secret });
    expect(body.bindings).toEqual([{ role: 'viewer', clusterId: api.clusters.staging.cluster.id }]);
    expect((await api.ask('POST /v1/sessions', { token: code })).body.code).toBe('credentials-invalid');
    expect((await api.ask('GET /v1/session', { token: code })).body.code).toBe('credentials-invalid');
  });

  it('of two that race for a sign-in code one gets a session', async () => {
    const replica = await api.replica();
    const { code } = (await api.ask<{ code: string }>('POST /v1/sign-in-links')).body;
    const answers = await Promise.all(
      [api, replica, api, replica].map((on) => on.ask('POST /v1/sessions', { token: code })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401]);
  });

  it('a sign-in code lives ten minutes', async () => {
    const { code, expiresAt } = (await api.ask<{ code: string; expiresAt: string }>('POST /v1/sign-in-links'))
      .body;
    expect(new Date(expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(600_000);
    await api.test.sql(`update sign_in_codes set expires_at = now() - interval '1 second'`);
    expect((await api.ask('POST /v1/sessions', { token: code })).body.code).toBe('credentials-invalid');
  });

  it('no session or code outlives the token it came from', async () => {
    const short = await api.token([{ role: 'viewer', clusterId: null }], 120);
    const link = (await api.ask<{ expiresAt: string }>('POST /v1/sign-in-links', { token: short.secret }))
      .body;
    expect(new Date(link.expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(120_000);
    const { session } = await signIn(short.secret);
    expect(new Date(session.body.token.expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(120_000);
  });

  it('signing out ends the session and nothing else', async () => {
    const { session } = await signIn();
    expect((await api.ask('DELETE /v1/session', { token: session.body.secret })).status).toBe(204);
    expect(await statusOf(session.body.secret)).toBe(401);
    expect(await statusOf(api.admin.secret)).toBe(200);
  });

  it('revoking a token ends its sessions, theirs, and its codes', async () => {
    const parent = await api.token([{ role: 'admin', clusterId: null }]);
    const { session } = await signIn(parent.secret);
    const grandchild = (await signIn(session.body.secret)).session.body.secret;
    const code = (await api.ask<{ code: string }>('POST /v1/sign-in-links', { token: session.body.secret }))
      .body.code;
    const apart = (await create()).body.secret;
    expect((await api.ask(`POST /v1/tokens/${parent.id}/revoke`)).status).toBe(200);
    for (const secret of [parent.secret, session.body.secret, grandchild])
      expect(await statusOf(secret)).toBe(401);
    expect((await api.ask('POST /v1/sessions', { token: code })).status).toBe(401);
    expect(await statusOf(apart)).toBe(200);
  });

  it('revoking twice changes nothing and is recorded once', async () => {
    const { id } = await api.token([{ role: 'viewer', clusterId: null }]);
    const first = (await api.ask<Token>(`POST /v1/tokens/${id}/revoke`)).body;
    const second = (await api.ask<Token>(`POST /v1/tokens/${id}/revoke`)).body;
    expect(second.revokedAt).toBe(first.revokedAt);
    const records = await api.test.sql(`select 1 from audit where action = 'token.revoked' and target = $1`, [
      `token:${id}`,
    ]);
    expect(records).toHaveLength(1);
  });
});
