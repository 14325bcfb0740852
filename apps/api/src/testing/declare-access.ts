import type { Access, AccessUser } from '@asterism/contracts';
import { fingerprintOf, formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { TestOperators } from './test-operator-api.ts';

/** A key of somebody who logs in. */
export interface SshUserKey {
  readonly privateKey: KeyObject;
  readonly line: string;
  readonly fingerprint: string;
}

export function makeSshKey(): SshUserKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = toSshPublicKey(privateKey);
  return { privateKey, line: formatPublicKey(key), fingerprint: fingerprintOf(key) };
}

/** A user with one key who may be `alice` and `deploy` everywhere, unless something else is said. */
export function accessUser(key: SshUserKey, change: Partial<AccessUser> = {}): AccessUser {
  return {
    name: 'alice',
    comment: '',
    publicKeys: [key.line],
    principals: ['alice', 'deploy'],
    sudo: { kind: 'none' },
    pools: 'all',
    expiresAt: null,
    ...change,
  };
}

/** Declares these users and no others, under the rules as they are or changed. */
export async function declareAccess(
  operators: Pick<TestOperators, 'ask'>,
  users: readonly AccessUser[],
  policy: Partial<Access['policy']> = {},
  cluster = 'production',
): Promise<Access> {
  const path = `/v1/clusters/${cluster}/access`;
  const { body: before } = await operators.ask<Access>(`GET ${path}`);
  const answer = await operators.ask<Access>(`PUT ${path}`, {
    body: { schema: 'asterism/access/v1', policy: { ...before.policy, ...policy }, users },
    headers: { 'if-match': `"${before.revision}"` },
  });
  if (answer.status !== 200) throw new Error(`access was not declared: ${answer.text}`);
  return answer.body;
}
