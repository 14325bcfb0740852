import { describe, expect, it } from 'vitest';
import { isClusterId, readPolicyInput } from './policy-input.ts';

describe('readPolicyInput', () => {
  it('says that something is not JSON', () => {
    expect(readPolicyInput('{')).toEqual({ ok: false, reason: 'this is not JSON' });
  });

  it('reads past comments, and not past anything else', () => {
    const commented = '// a preset\n{ "schema": "asterism/policy/v1", /* why */ "variant": "tpm" }';
    expect(readPolicyInput(commented)).toMatchObject({
      reason: expect.stringMatching(/^reattestationInterval: /),
    });
    expect(readPolicyInput('{ "variant": "tpm", }')).toEqual({ ok: false, reason: 'this is not JSON' });
  });

  it('S04 names the field that is missing', () => {
    const input = readPolicyInput(JSON.stringify({ schema: 'asterism/policy/v1', variant: 'tpm' }));
    expect(input).toMatchObject({ ok: false });
    expect(!input.ok && input.reason).toMatch(/^reattestationInterval: /);
  });
});

describe('isClusterId', () => {
  it('takes 32 bytes in lower-case hexadecimal and nothing else', () => {
    expect(isClusterId('ab'.repeat(32))).toBe(true);
    for (const wrong of ['', 'AB'.repeat(32), 'ab'.repeat(31), `${'ab'.repeat(32)}0`])
      expect(isClusterId(wrong)).toBe(false);
  });
});
