import type { Access, AccessPlan, AccessUser, AuditRecord, Problem } from '@asterism/contracts';
import { DEFAULT_ACCESS_POLICY } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

const ACCESS = '/v1/clusters/production/access';
const newKey = () => formatPublicKey(toSshPublicKey(generateKeyPairSync('ed25519').privateKey));
const aliceKey = newKey();

const user = (change: Partial<AccessUser> = {}): AccessUser => ({
  name: 'alice',
  comment: '',
  publicKeys: [aliceKey],
  principals: ['alice', 'deploy'],
  sudo: { kind: 'none' },
  pools: 'all',
  expiresAt: null,
  ...change,
});
const document = (...users: readonly object[]) => ({
  schema: 'asterism/access/v1',
  policy: DEFAULT_ACCESS_POLICY,
  users,
});

const apis: TestOperatorApi[] = [];
let api: TestOperatorApi;
beforeEach(async () => {
  if (apis.length === 0) apis.push(await startTestOperatorApi());
  [api] = apis as [TestOperatorApi];
  const { revision } = await read();
  await apply(document(), revision);
});
afterAll(() => Promise.all(apis.map((each) => each.stop())));

async function read(): Promise<Access> {
  return (await api.ask<Access>(`GET ${ACCESS}`)).body;
}

function apply<Body = Access>(body: object, revision: number) {
  return api.ask<Body>(`PUT ${ACCESS}`, { body, headers: { 'if-match': `"${revision}"` } });
}

async function refusal(body: object): Promise<string[]> {
  const { revision } = await read();
  const { status, body: problem } = await apply<Problem>(body, revision);
  expect(status).toBe(400);
  expect((await read()).revision).toBe(revision);
  return [problem.code, ...(problem.errors ?? []).map(({ path }) => path)];
}

describe('declared access', () => {
  it('is nobody and the default rules before somebody declares it', async () => {
    const { body } = await api.ask<Access>('GET /v1/clusters/staging/access');
    expect(body).toMatchObject({
      revision: 1,
      users: [],
      policy: DEFAULT_ACCESS_POLICY,
      updatedBy: 'system',
    });
  });

  it('becomes what the document says, which the plan has shown, and a second plan is empty', async () => {
    const wanted = document(
      user({ sudo: { kind: 'all' } }),
      user({ name: 'bob', publicKeys: [newKey()], principals: ['bob'] }),
    );
    const plan = (await api.ask<AccessPlan>(`POST ${ACCESS}/plan`, { body: wanted })).body;
    expect(plan.changes.map(({ kind, subject, name }) => [kind, subject, name])).toEqual([
      ['add', 'user', 'alice'],
      ['add', 'user', 'bob'],
    ]);
    const applied = await apply(wanted, plan.revision);
    expect(applied.status).toBe(200);
    expect(applied.headers.get('etag')).toBe(`"${plan.revision + 1}"`);
    expect(applied.body.users).toEqual(wanted.users);
    const again = (await api.ask<AccessPlan>(`POST ${ACCESS}/plan`, { body: wanted })).body;
    expect(again).toEqual({ revision: plan.revision + 1, changes: [], endedGrants: 0 });
    expect((await apply(wanted, plan.revision + 1)).body.revision).toBe(plan.revision + 1);
  });

  it('takes a key from one person to another in one step', async () => {
    const key = newKey();
    const first = await apply(
      document(
        user({ publicKeys: [key] }),
        user({ name: 'bob', publicKeys: [newKey()], principals: ['bob'] }),
      ),
      (await read()).revision,
    );
    const swapped = document(
      user({ publicKeys: [newKey()] }),
      user({ name: 'bob', publicKeys: [key], principals: ['bob'] }),
    );
    expect((await apply(swapped, first.body.revision)).body.users).toEqual(swapped.users);
  });

  it('needs the revision that was read, and one of two that have the same wins', async () => {
    const { revision } = await read();
    expect((await api.ask(`PUT ${ACCESS}`, { body: document() })).body.code).toBe('precondition-missing');
    const both = await Promise.all([
      apply(document(user()), revision),
      apply(document(user({ name: 'bob', principals: ['bob'] })), revision),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await read()).users).toHaveLength(1);
  });

  it('takes one user, and removes one without a revision', async () => {
    const { revision } = await read();
    const headers = { 'if-match': `"${revision}"` };
    const put = await api.ask<Access>(`PUT ${ACCESS}/users/alice`, { body: user(), headers });
    expect(put.body.users).toEqual([user()]);
    const removed = await api.ask<Access>(`POST ${ACCESS}/users/alice/remove`, { body: { reason: 'left' } });
    expect(removed.body).toMatchObject({ users: [], revision: revision + 2 });
    const again = await api.ask(`POST ${ACCESS}/users/alice/remove`, { body: { reason: 'left' } });
    expect([again.status, again.body.code]).toEqual([404, 'access-user-unknown']);
  });

  it.each([
    [
      'a key for two people',
      document(user(), user({ name: 'bob', principals: ['bob'] })),
      'access-invalid',
      'body.users.1.publicKeys.0',
    ],
    [
      'a key twice',
      document(user({ publicKeys: [aliceKey, aliceKey] })),
      'access-invalid',
      'body.users.0.publicKeys.1',
    ],
    [
      'a name twice',
      document(user(), user({ publicKeys: [newKey()] })),
      'access-invalid',
      'body.users.1.name',
    ],
    [
      'the account of another person',
      document(user(), user({ name: 'bob', publicKeys: [newKey()], principals: ['bob', 'alice'] })),
      'access-invalid',
      'body.users.1.principals',
    ],
    [
      'a pool that is not there',
      document(user({ pools: ['nowhere'] })),
      'access-invalid',
      'body.users.0.pools',
    ],
    [
      'a time that is over',
      document(user({ expiresAt: '2020-01-01T00:00:00.000Z' })),
      'access-invalid',
      'body.users.0.expiresAt',
    ],
    [
      'bytes that are no key',
      document(user({ publicKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MQ== x'] })),
      'ssh-public-key-invalid',
      'body.users.0.publicKeys.0',
    ],
  ])('refuses %s, says where, and changes nothing', async (_, body, code, path) => {
    expect(await refusal(body)).toEqual([code, path]);
  });

  it.each([
    ['a comma', { principals: ['deploy,root'] }],
    ['a wildcard', { principals: ['*'] }],
    ['a blank', { principals: ['deploy root'] }],
    ['nobody', { principals: [] }],
    ['a place', { principals: ['deploy@pool.workers'] }],
    ['root as a person', { name: 'root', principals: ['root'] }],
    ['an account of the system', { principals: ['sshd'] }],
    ['a command that sudo would read otherwise', { sudo: { kind: 'commands', commands: ['/bin/sh, ALL'] } }],
  ])('S31 takes no principal with %s', async (_, change) => {
    const [code] = await refusal(document({ ...user(), ...change }));
    expect(code).toBe('request-invalid');
  });

  it('S30 keeps who changed what of whom, with fingerprints and no more', async () => {
    const { revision } = await read();
    await apply(document(user()), revision);
    await apply(document(user({ sudo: { kind: 'all' } })), revision + 1);
    const { body } = await api.ask<Page<AuditRecord>>('GET /v1/audit?limit=50');
    const [changed, added] = body.items.filter(({ target }) => target === 'access-user:alice');
    expect([added?.action, changed?.action]).toEqual(['access.user-added', 'access.user-changed']);
    expect(changed?.details).toMatchObject({
      fields: ['sudo'],
      sudo: 'all',
      principals: ['alice', 'deploy'],
    });
    expect(changed?.details['keys']).toEqual([expect.stringMatching(/^SHA256:/)]);
  });
});
