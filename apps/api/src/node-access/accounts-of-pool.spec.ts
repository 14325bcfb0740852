import { describe, expect, it } from 'vitest';
import { accessUser, makeSshKey } from '../testing/declare-access.ts';
import { accountsOfPool } from './accounts-of-pool.ts';

const NOW = new Date('2026-11-25T10:00:00.000Z');
const SOON = '2026-11-25T11:00:00.000Z';
const LATER = '2026-11-25T12:00:00.000Z';
const key = makeSshKey();
const user = (name: string, change: object = {}) =>
  accessUser(key, { name, principals: [name, 'deploy'], ...change });

describe('accounts of a pool', () => {
  it('are those of its users, each once, by name', () => {
    const users = [user('bob', { pools: ['workers'] }), user('alice'), user('carol', { pools: ['other'] })];
    const names = accountsOfPool(users, 'workers', NOW).map(({ name }) => name);
    expect(names).toEqual(['alice', 'bob', 'deploy']);
  });

  it('are not those of a user whose time is over, to the millisecond', () => {
    const users = [user('alice', { expiresAt: NOW.toISOString() }), user('bob', { expiresAt: SOON })];
    const names = accountsOfPool(users, 'workers', NOW).map(({ name }) => name);
    expect(names).toEqual(['bob', 'deploy']);
  });

  it('last as long as the last of their users', () => {
    const until = (users: Parameters<typeof accountsOfPool>[0]) =>
      accountsOfPool(users, 'workers', NOW).find(({ name }) => name === 'deploy')?.until;
    const [soon, later] = [user('alice', { expiresAt: SOON }), user('bob', { expiresAt: LATER })];
    expect(until([soon, later])).toBe(LATER);
    expect(until([later, soon])).toBe(LATER);
    expect(until([later, user('carol')])).toBeNull();
    expect(until([user('carol'), later])).toBeNull();
  });

  it('have the sudo rule of the person, and shared ones have none', () => {
    const sudo = { kind: 'all' } as const;
    const users = [user('bob', { principals: ['alice', 'bob'], sudo }), user('alice', { sudo })];
    const rules = Object.fromEntries(
      accountsOfPool(users, 'workers', NOW).map((each) => [each.name, each.sudo.kind]),
    );
    expect(rules).toEqual({ alice: 'all', bob: 'all', deploy: 'none' });
    const strange = [user('bob', { principals: ['alice'], sudo })];
    expect(accountsOfPool(strange, 'workers', NOW)).toMatchObject([
      { name: 'alice', sudo: { kind: 'none' } },
    ]);
  });
});
