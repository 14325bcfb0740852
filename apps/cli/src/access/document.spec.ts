import { describe, expect, it } from 'vitest';
import { parseAccessText } from './document.ts';

const USER = `  - name: alice
    publicKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MRpOijyhNdUefQzOtdErQdgY alice]
    principals: [alice]
    sudo: { kind: none }
    pools: all
    expiresAt: null
`;
const text = (users = USER): string => `schema: asterism/access/v1
policy:
  authority: ed25519
  certificateSeconds: { default: 900, longest: 28800 }
  grantSeconds: 28800
  sessions: end-with-grant
  reason: required
  sourceAddresses: optional
  approval: [root]
  offlineSeconds: 86400
  hostCertificateSeconds: 86400
users:
${users}`;

describe('access.yaml', () => {
  it('is read as it stands, a comment left out being none', () => {
    expect(parseAccessText(text(), 'access.yaml')).toMatchObject({
      policy: { approval: ['root'], offlineSeconds: 86_400 },
      users: [{ name: 'alice', comment: '', expiresAt: null }],
    });
  });

  it('may be JSON', () => {
    const json = JSON.stringify(parseAccessText(text(), 'access.yaml'), null, 2);
    expect(parseAccessText(json, 'access.json')).toEqual(parseAccessText(text(), 'access.yaml'));
  });

  it.each([
    [
      'an unknown field',
      USER.replace('pools: all', 'pools: all\n    shell: /bin/sh'),
      /line 13: users\.0:.*shell/,
    ],
    [
      'S31 a principal with a wildcard',
      USER.replace('[alice]', '[alice, "*"]'),
      /line 15: users\.0\.principals\.1:/,
    ],
    [
      'S31 a principal with a comma',
      USER.replace('[alice]', '["alice,root"]'),
      /line 15: users\.0\.principals\.0:/,
    ],
    ['S31 no principal', USER.replace('[alice]', '[]'), /line \d+: users\.0\.principals:/],
    [
      'S04 a field that is left out',
      USER.replace('    expiresAt: null\n', ''),
      /line 13: users\.0\.expiresAt:/,
    ],
    ['a name that comes twice', `${USER}    pools: [workers]\n`, /Map keys must be unique at line 19/],
    ['a tag of others', USER.replace('pools: all', 'pools: !js/regexp all'), /Unresolved tag.* at line 17/],
    ['broken YAML', USER.replace('[alice]', '[alice'), / at line \d+/],
  ])('refuses %s, and says where', (_, users, where) => {
    expect(() => parseAccessText(text(users), 'access.yaml')).toThrow(
      expect.objectContaining({ code: 'file-malformed', message: expect.stringMatching(where) }),
    );
  });

  it('refuses aliases that unfold to more than anybody writes, at once', () => {
    const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`);
    const bomb = ['a0: &a0 [x]', ...levels, ''].join('\n');
    const began = performance.now();
    expect(() => parseAccessText(bomb, 'access.yaml')).toThrow(
      expect.objectContaining({ code: 'file-malformed' }),
    );
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each(['', '[]', 'null', 'users: {}', '---\na: 1\n---\nb: 2\n'])('refuses %j', (document) => {
    expect(() => parseAccessText(document, 'access.yaml')).toThrow(
      expect.objectContaining({ code: 'file-malformed' }),
    );
  });
});
