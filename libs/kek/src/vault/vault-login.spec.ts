import { describe, expect, it } from 'vitest';
import type { VaultAnswer } from './vault-http.ts';
import { VaultLogin } from './vault-login.ts';

const CREDENTIALS = {
  source: 'approle',
  mount: 'approle',
  roleId: 'asterism',
  secretIdFile: '/proc/self/comm',
} as const;

/** Vault's login route, as its API documents the answer. */
function scriptedVault() {
  let logins = 0;
  return {
    logins: () => logins,
    send: async (): Promise<VaultAnswer> => {
      logins += 1;
      const auth = { client_token: `token-${logins}`, lease_duration: 3_600 };
      return { status: 200, json: { auth }, retryAfter: undefined };
    },
  };
}
const clock = { now: () => new Date(0), sleep: () => new Promise<void>(() => undefined) };

describe('the login of many calls at a time', () => {
  it('is one login', async () => {
    const vault = scriptedVault();
    const login = new VaultLogin(vault, CREDENTIALS, clock);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => login.token()));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(vault.logins()).toBe(1);
  });

  it('is not undone by a call that held the token before', async () => {
    const vault = scriptedVault();
    const login = new VaultLogin(vault, CREDENTIALS, clock);
    const revoked = await login.token();
    login.forget(revoked);
    const fresh = await login.token();
    login.forget(revoked);
    expect(await login.token()).toBe(fresh);
    expect(vault.logins()).toBe(2);
  });

  it('is tried again by the next call where it failed', async () => {
    const vault = scriptedVault();
    const sealed = { status: 503, json: undefined, retryAfter: undefined };
    const answers = [sealed];
    const send = async () => answers.pop() ?? vault.send();
    const login = new VaultLogin({ send }, CREDENTIALS, clock);
    await expect(login.token()).rejects.toMatchObject({ code: 'kek-unreachable' });
    expect(await login.token()).toBe('token-1');
  });
});
