import { DEFAULT_ACCESS_POLICY, type AccessUser } from '@asterism/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsOfPool } from '../node-access/accounts-of-pool.ts';
import { grantStands } from './grant-stands.ts';
import { planAccess, type Declared } from './plan-access.ts';
import { makeSshKey } from '../testing/declare-access.ts';

const keys = [makeSshKey(), makeSshKey()];
const user = fc.record({
  name: fc.constantFrom('alice', 'bob', 'carol'),
  comment: fc.constantFrom('', 'on call'),
  publicKeys: fc.subarray(
    keys.map(({ line }) => line),
    { minLength: 1 },
  ),
  principals: fc.subarray(['deploy', 'root', 'logs'], { minLength: 1 }),
  sudo: fc.constantFrom({ kind: 'none' as const }, { kind: 'all' as const }),
  pools: fc.oneof(fc.constant('all' as const), fc.subarray(['workers', 'control-plane'], { minLength: 1 })),
  expiresAt: fc.constantFrom(null, '2027-01-01T00:00:00.000Z'),
});
const declared: fc.Arbitrary<Declared> = fc.record({
  policy: fc.record({ ...constants(DEFAULT_ACCESS_POLICY), reason: fc.constantFrom('required', 'optional') }),
  users: fc.uniqueArray(user, { selector: ({ name }) => name }),
});

function constants<Value extends object>(value: Value): { [Key in keyof Value]: fc.Arbitrary<Value[Key]> } {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fc.constant(each)])) as never;
}

const shuffled = (users: readonly AccessUser[]) =>
  users.toReversed().map((each) => ({ ...each, principals: each.principals.toReversed() }));

describe('a plan', () => {
  it('of what is declared is empty, in whatever order it is written', () => {
    fc.assert(
      fc.property(declared, (before) => {
        expect(planAccess(before, { ...before, users: shuffled(before.users) })).toEqual([]);
      }),
    );
  });

  it('names every user that is not the same afterwards, and nobody else', () => {
    fc.assert(
      fc.property(declared, declared, (before, after) => {
        const named = planAccess(before, after).flatMap(({ subject, name }) =>
          subject === 'user' ? name : [],
        );
        const names = new Set([...before.users, ...after.users].map(({ name }) => name));
        const of = ({ users }: Declared, name: string) => users.filter((each) => each.name === name);
        const changed = [...names].filter(
          (name) =>
            planAccess({ ...before, users: of(before, name) }, { ...before, users: of(after, name) }).length >
            0,
        );
        expect(named.toSorted()).toEqual(changed.toSorted());
      }),
    );
  });

  it('says what was and what would be', () => {
    const [alice] = fc.sample(user, { seed: 1, numRuns: 1 });
    if (alice === undefined) throw new Error('no user');
    const before = { policy: DEFAULT_ACCESS_POLICY, users: [{ ...alice, expiresAt: null }] };
    const after = {
      policy: { ...DEFAULT_ACCESS_POLICY, approval: [] },
      users: [{ ...alice, expiresAt: '2027-01-01T00:00:00.000Z' }],
    };
    expect(planAccess(before, after)).toEqual([
      {
        kind: 'change',
        subject: 'policy',
        name: 'approval',
        fields: [{ field: 'approval', before: ['root'], after: [] }],
      },
      {
        ...{ kind: 'change', subject: 'user', name: alice.name },
        fields: [{ field: 'expiresAt', before: null, after: '2027-01-01T00:00:00.000Z' }],
      },
    ]);
  });
});

describe('what is declared', () => {
  const base: AccessUser = {
    ...{ name: 'alice', comment: '', publicKeys: [keys[0]?.line ?? ''], principals: ['alice', 'deploy'] },
    ...{ sudo: { kind: 'all' }, pools: ['workers'], expiresAt: null },
  };

  it('gives a pool its accounts: sudo to the own one alone, the latest end of those who share one', () => {
    const bob: AccessUser = {
      ...base,
      name: 'bob',
      principals: ['deploy'],
      expiresAt: '2027-01-01T00:00:00.000Z',
    };
    const now = new Date('2026-11-25T08:00:00Z');
    expect(accountsOfPool([base, bob], 'workers', now)).toEqual([
      { name: 'alice', sudo: { kind: 'all' }, until: null },
      { name: 'deploy', sudo: { kind: 'none' }, until: null },
    ]);
    expect(accountsOfPool([bob], 'workers', now)).toMatchObject([{ name: 'deploy', until: bob.expiresAt }]);
    expect(accountsOfPool([base, bob], 'control-plane', now)).toEqual([]);
    expect(accountsOfPool([bob], 'workers', new Date('2027-01-01T00:00:00Z'))).toEqual([]);
  });

  it.each([
    ['all of it is declared', {}, true],
    ['the user is gone', null, false],
    ['the principal is gone', { principals: ['alice'] }, false],
    ['the key is another', { publicKeys: [keys[1]?.line ?? ''] }, false],
    ['one of its pools is gone', { pools: ['control-plane'] }, false],
    ['every pool is declared', { pools: 'all' as const }, true],
  ])('keeps a grant where %s', (_, change, stands) => {
    const grant = {
      ...{ principal: 'deploy', fingerprint: keys[0]?.fingerprint ?? '' },
      ...{ nodeId: null, nodePool: null, pools: ['workers'] },
    };
    expect(grantStands(grant, change === null ? undefined : { ...base, ...change })).toBe(stands);
    const onNode = { ...grant, nodeId: 'x', nodePool: 'workers', pools: [] };
    expect(grantStands(onNode, change === null ? undefined : { ...base, ...change })).toBe(stands);
  });
});
