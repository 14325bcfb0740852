import {
  DEFAULT_ACCESS_POLICY,
  type IssuedSshCertificate,
  type Problem,
  type Session,
  type SshCertificate,
  type SshGrant,
} from '@asterism/contracts';
import { access, type Page } from '@asterism/persistence';
import {
  fingerprintOf,
  isRevoked,
  parseCertificate,
  parsePublicKey,
  parseRevocationList,
  verifyCertificate,
} from '@asterism/ssh';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey, type SshUserKey } from '../testing/declare-access.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';
import { expireGrants, expireUsers } from './access-upkeep.ts';
import { revocationListFor } from './revocation-lists.ts';

const ACCESS = '/v1/clusters/production/access';

let api: TestOperatorApi;
let key: SshUserKey;
/** Added to the database's clock. */
let later = 0;
beforeAll(async () => {
  api = await startTestOperatorApi({ database: { clock: () => new Date(Date.now() + later) } });
});
afterAll(() => api.stop());
beforeEach(async () => {
  later = 0;
  key = makeSshKey();
  await declareAccess(
    api,
    [accessUser(key, { principals: ['alice', 'deploy', 'root'] })],
    DEFAULT_ACCESS_POLICY,
  );
});

const ask = (change: object = {}) => ({
  publicKey: key.line,
  principal: 'deploy',
  reason: 'a test',
  ...change,
});

async function grant(change: object = {}, token?: string): Promise<SshGrant> {
  const answer = await api.ask<SshGrant>(`POST ${ACCESS}/grants`, {
    body: ask(change),
    ...(token === undefined ? {} : { token }),
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function issue(id: string, body: object = {}): Promise<IssuedSshCertificate> {
  const answer = await api.ask<IssuedSshCertificate>(`POST ${ACCESS}/grants/${id}/certificates`, { body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function refusal(route: string, body: unknown, token?: string): Promise<[number, string]> {
  const { status, body: problem } = await api.ask<Problem>(route, {
    body,
    ...(token === undefined ? {} : { token }),
  });
  return [status, problem.code];
}

async function lists() {
  const { id } = api.clusters.production.cluster;
  const { queries, clock } = api.database;
  const authorities = await api.platform.sshAuthorities.all(id);
  const bytes = await revocationListFor(queries, id, { revision: 1, authorities, now: clock() });
  return parseRevocationList(bytes);
}

async function revoked(issued: IssuedSshCertificate): Promise<boolean> {
  const { authority } = parseCertificate(issued.certificate);
  return isRevoked(await lists(), {
    fingerprint: issued.fingerprint,
    authority: fingerprintOf(authority),
    serial: BigInt(issued.serial),
    keyId: issued.keyId,
  });
}

describe('a grant', () => {
  it('is given within what is declared, and its certificate says what was granted', async () => {
    const given = await grant({
      seconds: 3_600,
      sourceAddresses: ['192.0.2.0/24'],
      forceCommand: '/bin/true',
    });
    expect(given).toMatchObject({ user: 'alice', principal: 'deploy', state: 'active', reason: 'a test' });
    const issued = await issue(given.id);
    const certificate = parseCertificate(issued.certificate);
    const [authority] = (await api.platform.sshAuthorities.trusted(given.clusterId)).filter(
      ({ kind }) => kind === 'user',
    );
    const principal = 'deploy@pool.workers';
    verifyCertificate(certificate, {
      ...{ kind: 'user', principal, now: new Date() },
      authorities: [parsePublicKey(authority?.publicKey ?? '')],
    });
    expect(certificate.principals).toEqual(['deploy', 'deploy@pool.control-plane', principal]);
    const until = Math.floor(Date.parse(given.expiresAt) / 1_000);
    expect(certificate.keyId).toBe(`asterism:production:alice:${given.id}:${until}`);
    expect(Number(certificate.validBefore) * 1_000 - Date.now()).toBeLessThanOrEqual(900_000);
    expect([...certificate.criticalOptions]).toEqual([
      ['force-command', '/bin/true'],
      ['source-address', '192.0.2.0/24'],
    ]);
  });

  it('gives no certificate beyond its own end, or beyond the longest that the rules let', async () => {
    const given = await grant({ seconds: 120 });
    const issued = await issue(given.id, { seconds: 28_800 });
    expect(Date.parse(issued.validBefore)).toBeLessThanOrEqual(Date.parse(given.expiresAt));
    const route = `POST ${ACCESS}/grants/${given.id}/certificates`;
    expect(await refusal(route, { seconds: 28_801 })).toEqual([422, 'ssh-request-refused']);
    later = 121_000;
    expect(await refusal(route, {})).toEqual([409, 'ssh-grant-conflict']);
    await expireGrants(api.database);
    expect((await api.ask<SshGrant>(`GET ${ACCESS}/grants/${given.id}`)).body.state).toBe('expired');
  });

  it.each([
    ['a key that nobody declared', () => ({ publicKey: makeSshKey().line }), [403, 'ssh-key-not-declared']],
    ['bytes that are no key', () => ({ publicKey: 'ssh-ed25519 AAAA' }), [400, 'ssh-public-key-invalid']],
    ['another account', () => ({ principal: 'postgres2' }), [403, 'ssh-principal-not-allowed']],
    ['a node that is not there', () => ({ node: 'nowhere' }), [404, 'node-unknown']],
    ['no reason', () => ({ reason: ' ' }), [422, 'ssh-request-refused']],
    ['too long a time', () => ({ seconds: 28_801 }), [422, 'ssh-request-refused']],
    [
      'a network with bits of a host',
      () => ({ sourceAddresses: ['192.0.2.1/24'] }),
      [422, 'ssh-request-refused'],
    ],
    ['S31 two principals in one', () => ({ principal: 'deploy,root' }), [400, 'request-invalid']],
    ['S31 a wildcard', () => ({ principal: '*' }), [400, 'request-invalid']],
    ['S31 a place that it makes up', () => ({ principal: 'deploy@pool.workers' }), [400, 'request-invalid']],
    ['S31 the emergency principal', () => ({ principal: 'root@emergency' }), [400, 'request-invalid']],
  ])('is refused for %s', async (_, change, expected) => {
    expect(await refusal(`POST ${ACCESS}/grants`, ask(change()))).toEqual(expected);
  });

  it('is not to be seen, ended or used from another cluster', async () => {
    const { id } = await grant();
    const elsewhere = `/v1/clusters/staging/access/grants/${id}`;
    expect((await api.ask(`GET ${elsewhere}`)).body.code).toBe('ssh-grant-unknown');
    expect(await refusal(`POST ${elsewhere}/end`, { reason: 'x' })).toEqual([404, 'ssh-grant-unknown']);
    expect(await refusal(`POST ${elsewhere}/certificates`, {})).toEqual([404, 'ssh-grant-unknown']);
    expect(await refusal('POST /v1/clusters/staging/access/grants', ask())).toEqual([
      403,
      'ssh-key-not-declared',
    ]);
  });
});

describe('a second person', () => {
  const decide = (id: string, token: string, fingerprint = key.fingerprint) =>
    refusal(`POST ${ACCESS}/grants/${id}/approve`, { fingerprint }, token);

  async function people() {
    const [ada, grace] = await Promise.all([
      api.token([{ role: 'operator', clusterId: null }], 7_200),
      api.token([{ role: 'operator', clusterId: null }], 7_200),
    ]);
    return { ada: ada.secret, grace: grace.secret };
  }

  /** Signs in as the holder of a token, as a browser does. */
  async function signIn(token: string): Promise<string> {
    const { body } = await api.ask<{ code: string }>('POST /v1/sign-in-links', { token });
    const session = await api.ask<{ secret: string }>('POST /v1/sessions', { token: body.code });
    const { body: who } = await api.ask<Session>('GET /v1/session', { token: session.body.secret });
    expect(who.permissions).toContain('access.approve');
    return session.body.secret;
  }

  it('has to approve root, and the one who asked is none, through no session either', async () => {
    const { ada, grace } = await people();
    const waiting = await grant({ principal: 'root', seconds: 600 }, ada);
    expect(waiting.state).toBe('waiting');
    expect(await refusal(`POST ${ACCESS}/grants/${waiting.id}/certificates`, {})).toEqual([
      409,
      'ssh-grant-conflict',
    ]);
    expect(await decide(waiting.id, ada)).toEqual([403, 'ssh-second-person']);
    const browser = await signIn(ada);
    expect(await decide(waiting.id, browser)).toEqual([403, 'ssh-second-person']);
    expect(await decide(waiting.id, await signIn(browser))).toEqual([403, 'ssh-second-person']);
    expect(await decide(waiting.id, grace, makeSshKey().fingerprint)).toEqual([400, 'confirmation-mismatch']);
    expect(await decide(waiting.id, await signIn(grace))).toEqual([200, undefined]);
    const { principals } = await issue(waiting.id);
    expect(principals).toContain('root@pool.workers');
    expect(await decide(waiting.id, grace)).toEqual([409, 'ssh-grant-conflict']);
  });

  it('is another than whoever asked from a browser', async () => {
    const { ada } = await people();
    const waiting = await grant({ principal: 'root' }, await signIn(ada));
    expect(await decide(waiting.id, ada)).toEqual([403, 'ssh-second-person']);
  });

  it('is nobody behind however many sessions', async () => {
    const { ada } = await people();
    const waiting = await grant({ principal: 'root' }, ada);
    let session = ada;
    for (let signedIn = 0; signedIn < 70; signedIn++) session = await signIn(session);
    expect(await decide(waiting.id, session)).toEqual([403, 'ssh-second-person']);
  });

  it('may deny, and of two who decide at once one does', async () => {
    const { ada, grace } = await people();
    const waiting = await grant({ principal: 'root' }, ada);
    const deny = refusal(`POST ${ACCESS}/grants/${waiting.id}/deny`, { reason: 'no' }, grace);
    const both = await Promise.all([deny, decide(waiting.id, grace)]);
    expect(both.map(([status]) => status).sort()).toEqual([200, 409]);
  });

  it('approves nothing that is not declared any more, or that waited too long', async () => {
    const { ada, grace } = await people();
    const first = await grant({ principal: 'root' }, ada);
    later = 3_601_000;
    expect(await decide(first.id, grace)).toEqual([409, 'ssh-grant-conflict']);
    await expireGrants(api.database);
    later = 0;
    const second = await grant({ principal: 'root' }, ada);
    await declareAccess(api, [accessUser(key)]);
    expect(await decide(second.id, grace)).toEqual([409, 'ssh-grant-conflict']);
  });

  it('is wanted of grants that were given before, and what nobody approved ends', async () => {
    const { ada, grace } = await people();
    const users = [accessUser(key, { principals: ['alice', 'deploy', 'root'] })];
    const [seen, unseen, other] = [
      await grant({ principal: 'root' }, ada),
      await grant({}, ada),
      await grant({ principal: 'alice' }, ada),
    ];
    expect(await decide(seen.id, grace)).toEqual([200, undefined]);
    const issued = await issue(unseen.id);
    await declareAccess(api, users, { approval: ['root', 'deploy'] });
    expect(await states([seen, unseen, other])).toEqual(['active', 'ended', 'active']);
    expect(await revoked(issued)).toBe(true);
  });

  it('approves nothing longer than the rules have come to be', async () => {
    const { ada, grace } = await people();
    const users = [accessUser(key, { principals: ['alice', 'deploy', 'root'] })];
    const long = await grant({ principal: 'root', seconds: 3_600 }, ada);
    const short = await grant({ principal: 'root', seconds: 600 }, ada);
    await declareAccess(api, users, {
      grantSeconds: 1_800,
      certificateSeconds: { default: 600, longest: 1_800 },
    });
    expect(await states([long, short])).toEqual(['ended', 'waiting']);
    expect(await decide(long.id, grace)).toEqual([409, 'ssh-grant-conflict']);
  });

  const states = (grants: readonly SshGrant[]) =>
    Promise.all(
      grants.map(async ({ id }) => (await api.ask<SshGrant>(`GET ${ACCESS}/grants/${id}`)).body.state),
    );
});

describe('S24 what ends', () => {
  const state = async (id: string) => (await api.ask<SshGrant>(`GET ${ACCESS}/grants/${id}`)).body.state;
  const revision = async () =>
    (await access.find(api.database.queries, api.clusters.production.cluster.id))?.revision ?? 0;

  it.each([
    [
      'a grant',
      async ({ grantId }: SshCertificate) =>
        api.ask(`POST ${ACCESS}/grants/${grantId}/end`, { body: { reason: 'over' } }),
    ],
    ['a user', async () => api.ask(`POST ${ACCESS}/users/alice/remove`, { body: { reason: 'left' } })],
    ['a principal of a user', async () => declareAccess(api, [accessUser(key, { principals: ['alice'] })])],
    ['a pool of a user', async () => declareAccess(api, [accessUser(key, { pools: ['workers'] })])],
    ['a key of a user', async () => declareAccess(api, [accessUser(makeSshKey())])],
    [
      'a key',
      async ({ fingerprint }: SshCertificate) =>
        api.ask(`POST ${ACCESS}/revoked-keys`, { body: { fingerprint, reason: 'lost' } }),
    ],
  ])('%s ends with its certificates, and nodes are told', async (_, end) => {
    const issued = await issue((await grant()).id);
    expect(await revoked(issued)).toBe(false);
    const before = await revision();
    await end(issued);
    expect(await state(issued.grantId)).toBe('ended');
    expect(await revoked(issued)).toBe(true);
    expect(await revision()).toBeGreaterThan(before);
    const { body } = await api.ask<Page<SshCertificate>>(
      `GET ${ACCESS}/certificates?grant=${issued.grantId}`,
    );
    expect(body.items[0]?.revokedAt).not.toBeNull();
    expect(await refusal(`POST ${ACCESS}/grants/${issued.grantId}/certificates`, {})).toEqual([
      409,
      'ssh-grant-conflict',
    ]);
  });

  it('a certificate ends by itself, and its grant goes on', async () => {
    const first = await issue((await grant()).id);
    expect(
      (await api.ask(`POST ${ACCESS}/certificates/${first.serial}/revoke`, { body: { reason: 'x' } })).status,
    ).toBe(200);
    expect(await revoked(first)).toBe(true);
    const second = await issue(first.grantId);
    expect(second.serial).toBeGreaterThan(first.serial);
    expect(await revoked(second)).toBe(false);
  });

  it('an authority ends with whatever it signed, and a new one signs at once', async () => {
    const first = await issue((await grant()).id);
    const { items } = (
      await api.ask<{ items: { kind: string; fingerprint: string; version: number; state: string }[] }>(
        `GET ${ACCESS}/authorities`,
      )
    ).body;
    const signing = items.find((each) => each.kind === 'user' && each.state === 'signing');
    const body = { confirm: signing?.fingerprint, reason: 'leaked' };
    expect(
      (await api.ask(`POST ${ACCESS}/authorities/user/${signing?.version}/revoke`, { body })).status,
    ).toBe(200);
    expect(await revoked(first)).toBe(true);
    const second = await issue(first.grantId);
    expect(second.authorityVersion).toBe(first.authorityVersion + 1);
    expect(await revoked(second)).toBe(false);
  });

  it('an authority is not revoked as a key, so that break glass stays', async () => {
    for (const { fingerprint } of await api.platform.sshAuthorities.trusted(
      api.clusters.production.cluster.id,
    )) {
      expect(await refusal(`POST ${ACCESS}/revoked-keys`, { fingerprint, reason: 'x' })).toEqual([
        409,
        'ssh-grant-conflict',
      ]);
    }
  });

  it('a user whose time is over ends by itself', async () => {
    await declareAccess(api, [accessUser(key, { expiresAt: new Date(Date.now() + 60_000).toISOString() })]);
    const issued = await issue((await grant()).id);
    expect(Date.parse(issued.validBefore) - Date.now()).toBeLessThanOrEqual(60_000);
    later = 61_000;
    expect(await refusal(`POST ${ACCESS}/grants`, ask())).toEqual([403, 'access-user-expired']);
    await expireUsers(api.database);
    expect(await state(issued.grantId)).not.toBe('active');
  });

  it('nothing is half ended: issuing and ending at once leave no certificate that lives on', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { id } = await grant();
      const [made] = await Promise.all([
        api.ask<IssuedSshCertificate>(`POST ${ACCESS}/grants/${id}/certificates`, { body: {} }),
        api.ask(`POST ${ACCESS}/grants/${id}/end`, { body: { reason: 'over' } }),
      ]);
      if (made.status === 201) expect(await revoked(made.body)).toBe(true);
      else expect(made.status).toBe(409);
    }
  });
});
