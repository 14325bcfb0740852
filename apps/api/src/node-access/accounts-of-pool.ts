import type { AccessUser, NodeAccessState } from '@asterism/contracts';

type Account = NodeAccessState['accounts'][number];

/**
 * Accounts of a pool's nodes: one for every principal of a user who may use the pool and whose time is not over. What sudo
 * allows is the user's own account's; an account that several share has none. By name.
 */
export function accountsOfPool(users: readonly AccessUser[], pool: string, now: Date): Account[] {
  const accounts = new Map<string, Account>();
  for (const user of users) {
    const { name, principals, pools, sudo, expiresAt } = user;
    const here = pools === 'all' || pools.includes(pool);
    if (!here || (expiresAt !== null && Date.parse(expiresAt) <= now.getTime())) continue;
    for (const principal of principals) {
      const known = accounts.get(principal);
      accounts.set(principal, {
        name: principal,
        sudo: principal === name ? sudo : (known?.sudo ?? { kind: 'none' }),
        until: known === undefined ? expiresAt : later(known.until, expiresAt),
      });
    }
  }
  return [...accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null has no end. */
function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null;
  return Date.parse(a) > Date.parse(b) ? a : b;
}
