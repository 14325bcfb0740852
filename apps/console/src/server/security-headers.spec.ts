import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from './security-headers.ts';

const NONCE = 'm8QUqux9rY22i6hqTs4kbQ==';

function directives(policy: string): Map<string, string[]> {
  return new Map(
    policy.split('; ').map((directive): [string, string[]] => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );
}

describe('contentSecurityPolicy', () => {
  const policy = directives(contentSecurityPolicy(NONCE, { development: false }));

  it('S32 allows scripts and style sheets by nonce only, never inline or evaluated', () => {
    for (const name of ['script-src', 'style-src']) {
      expect(policy.get(name)).toContain(`'nonce-${NONCE}'`);
      expect(policy.get(name)).not.toContain("'unsafe-inline'");
      expect(policy.get(name)).not.toContain("'unsafe-eval'");
    }
  });

  it('S32 names no origin but its own', () => {
    const sources = [...policy.values()].flat().filter((source) => !source.startsWith("'nonce-"));
    expect(new Set(sources)).toEqual(new Set(["'none'", "'self'"]));
  });

  it('S32 can be framed by nobody, and posts forms nowhere', () => {
    for (const name of ['default-src', 'frame-ancestors', 'form-action', 'base-uri', 'object-src']) {
      expect(policy.get(name), name).toEqual(["'none'"]);
    }
  });
});
