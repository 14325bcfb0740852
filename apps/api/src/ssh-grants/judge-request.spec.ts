import { DEFAULT_ACCESS_POLICY, type CreateSshGrant } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../http/problem-error.ts';
import { accessUser, makeSshKey } from '../testing/declare-access.ts';
import { judgeRequest, type RequestContext } from './judge-request.ts';

const NOW = new Date('2026-11-25T10:00:00.000Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const key = makeSshKey();
const user = (change: Parameters<typeof accessUser>[1] = {}, expired = false) => ({
  user: accessUser(key, { principals: ['alice', 'deploy', 'root'], ...change }),
  expired,
});
const context = (change: Partial<RequestContext> = {}): RequestContext => ({
  declared: user(),
  keyIsRevoked: false,
  policy: DEFAULT_ACCESS_POLICY,
  node: null,
  pools: ['control-plane', 'workers'],
  now: NOW,
  ...change,
});
const request = (change: Partial<CreateSshGrant> = {}): CreateSshGrant => ({
  ...{ publicKey: key.line, principal: 'deploy', node: null, reason: 'a test' },
  ...{ sourceAddresses: [], forceCommand: null },
  ...change,
});
const node = { id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11', pool: 'workers', state: 'member' } as const;
const rules = (change: object) => context({ policy: { ...DEFAULT_ACCESS_POLICY, ...change } });

describe('a request within what is declared', () => {
  it('is given for every pool of the user, as long as one certificate', () => {
    expect(judgeRequest(request(), context())).toEqual({
      ...{ user: 'alice', state: 'active', pools: ['control-plane', 'workers'] },
      ...{ seconds: 900, expiresAt: after(900) },
    });
    const declared = user({ pools: ['workers'] });
    expect(judgeRequest(request(), context({ declared })).pools).toEqual(['workers']);
  });

  it('is given for one node and no pool, where it names one', () => {
    expect(judgeRequest(request({ node: 'n' }), context({ node })).pools).toEqual([]);
  });

  it.each([
    ['as it asks', { seconds: 3_600 }, {}, 3_600],
    ['no longer than the rules let', {}, { grantSeconds: 300 }, 300],
    ['exactly the longest', { seconds: 28_800 }, {}, 28_800],
  ])('lasts %s', (_, change, policy, seconds) => {
    const judged = judgeRequest(request(change), rules(policy));
    expect(judged).toMatchObject({ seconds, expiresAt: after(seconds) });
  });

  it('ends with the time of its user', () => {
    const declared = user({ expiresAt: after(60).toISOString() });
    expect(judgeRequest(request(), context({ declared })).expiresAt).toEqual(after(60));
    const waiting = judgeRequest(request({ principal: 'root' }), context({ declared }));
    expect(waiting.expiresAt).toEqual(after(60));
  });

  it('waits an hour for a second person where the rules want one for the account', () => {
    const judged = judgeRequest(request({ principal: 'root', seconds: 600 }), context());
    expect(judged).toMatchObject({ state: 'waiting', seconds: 600, expiresAt: after(3_600) });
    expect(judgeRequest(request({ principal: 'root' }), rules({ approval: [] })).state).toBe('active');
  });
});

describe('S33 a request that goes beyond it', () => {
  const others = Array.from({ length: 256 }, (_, at) => `pool-${at}`);

  it.each<[string, Partial<CreateSshGrant>, Partial<RequestContext>, string]>([
    ['with a key of nobody', {}, { declared: undefined }, 'ssh-key-not-declared'],
    ['with a revoked key', {}, { keyIsRevoked: true }, 'ssh-key-revoked'],
    ['of a user whose end was noticed', {}, { declared: user({}, true) }, 'access-user-expired'],
    [
      'of a user whose time is over now',
      {},
      { declared: user({ expiresAt: NOW.toISOString() }) },
      'access-user-expired',
    ],
    ['as another account', { principal: 'bob' }, {}, 'ssh-principal-not-allowed'],
    ['S31 as part of an account', { principal: 'dep' }, {}, 'ssh-principal-not-allowed'],
    ['on a node of another pool', {}, { node: { ...node, pool: 'vault' } }, 'ssh-node-not-allowed'],
    ['on a revoked node', {}, { node: { ...node, state: 'revoked' } }, 'ssh-node-not-allowed'],
    [
      'on a node of a pool that is not the user’s',
      {},
      { node, declared: user({ pools: ['control-plane'] }) },
      'ssh-node-not-allowed',
    ],
    ['where no pool is left', {}, { declared: user({ pools: ['gone'] }) }, 'ssh-node-not-allowed'],
    ['for more pools than a certificate holds', {}, { pools: others }, 'ssh-request-refused'],
    ['without a reason', { reason: '  ' }, {}, 'ssh-request-refused'],
    ['for a second too long', { seconds: 28_801 }, {}, 'ssh-request-refused'],
    ['from no network', { sourceAddresses: ['192.0.2.1/24'] }, {}, 'ssh-request-refused'],
    [
      'from anywhere, where the rules want to know',
      {},
      { policy: { ...DEFAULT_ACCESS_POLICY, sourceAddresses: 'required' } },
      'ssh-request-refused',
    ],
  ])('is refused %s, and hears of nobody else', (_, change, world, code) => {
    const refuse = () => judgeRequest(request(change), context(world));
    expect(refuse).toThrow(ProblemError);
    expect(refuse).toThrow(expect.objectContaining({ code }));
    expect(refuse).not.toThrow(/vault|control-plane|workers/);
  });

  it('needs neither reason nor address where the rules do not want them', () => {
    expect(judgeRequest(request({ reason: '' }), rules({ reason: 'optional' })).state).toBe('active');
    const sourceAddresses = ['192.0.2.0/24', '2001:db8::1'];
    expect(judgeRequest(request({ sourceAddresses }), rules({ sourceAddresses: 'required' })).state).toBe(
      'active',
    );
  });

  it('takes as many pools as a certificate holds', () => {
    expect(judgeRequest(request(), context({ pools: others.slice(1) })).pools).toHaveLength(255);
    expect(judgeRequest(request(), context({ pools: ['workers', ...others], node })).pools).toEqual([]);
  });
});
