import { describe, expect, it } from 'vitest';
import { createHostCertificate, EMERGENCY_PRINCIPAL } from './index.ts';
import { AUTHORITY, FROM, KEY, random, sample, UNTIL } from './testing/samples.ts';

const invalid = expect.objectContaining({ code: 'ssh-certificate-invalid', outcome: 'input' });
const user = (...principals: readonly string[]) => sample({ principals });
const host = (...principals: readonly string[]) =>
  createHostCertificate(
    { ...{ key: KEY, serial: 1n, keyId: 'host', principals }, validAfter: FROM, validBefore: UNTIL },
    { key: AUTHORITY, random },
  );

describe('S31 principals', () => {
  it('S31 of users are accounts, alone or with a pool or node', () => {
    const all = [
      'deploy',
      'a',
      'x_1-b',
      'root',
      'deploy@pool.workers',
      'root@node.workers-1',
      'deploy@node.n',
    ];
    expect(user(...all).principals).toEqual(all);
    expect(user('a'.repeat(32)).principals).toEqual(['a'.repeat(32)]);
    expect(user(EMERGENCY_PRINCIPAL).principals).toEqual(['root@emergency']);
  });

  it('S31 of hosts are DNS names', () => {
    const all = ['workers-1', 'workers-1.production', '0.a', 'a'.repeat(63)];
    expect(host(...all).principals).toEqual(all);
  });

  it.each([
    ...[
      'root,deploy',
      'deploy,',
      ',',
      '*',
      'dep*',
      '?',
      'depl?y',
      '!root',
      '',
      ' ',
      ' deploy',
      'deploy ',
      'a b',
    ],
    ...[
      'deploy\n',
      'deploy\0',
      'Deploy',
      'dëploy',
      '1deploy',
      '-deploy',
      '_deploy',
      'a'.repeat(33),
      'a/b',
      '%u',
    ],
    ...[
      'deploy@',
      'deploy@workers',
      'deploy@pool',
      'deploy@pool.',
      'deploy@pool.a,b',
      'deploy@pool.*',
      '@pool.a',
    ],
    ...[
      'deploy@pool.a.b',
      'deploy@node.A',
      'deploy@node.-a',
      'deploy@node.a-',
      'deploy@any.a',
      'deploy@pool.a@pool.b',
    ],
    ...['deploy@emergency', 'root@emergency ', 'root@Emergency', 'root@emergency,root'],
  ])('S31 %j is none of a user', (principal) => {
    expect(() => user(principal)).toThrow(invalid);
    expect(() => user('deploy', principal)).toThrow(invalid);
  });

  it.each([
    ...['*', '*.production', 'a,b', 'a b', '', '.', 'a.', '.a', 'a..b', '-a', 'a-', 'A', 'a_b', 'node\n'],
    ...['deploy@node.a', 'root@emergency', 'a'.repeat(64), Array(64).fill('abc').join('.')],
  ])('S31 %j is none of a host', (principal) => {
    expect(() => host(principal)).toThrow(invalid);
  });

  it('S31 are never an empty list, never one name twice, never too many', () => {
    for (const make of [user, host]) {
      expect(() => make()).toThrow(invalid);
      expect(() => make('deploy', 'deploy')).toThrow(invalid);
      const names = Array.from({ length: 257 }, (_, at) => `u${at}`);
      expect(() => make(...names)).toThrow(invalid);
      expect(make(...names.slice(1)).principals).toHaveLength(256);
    }
  });

  it('S31 of an emergency stand alone', () => {
    expect(() => user(EMERGENCY_PRINCIPAL, 'root')).toThrow(invalid);
    expect(() => user('root@node.a', EMERGENCY_PRINCIPAL)).toThrow(invalid);
  });
});
