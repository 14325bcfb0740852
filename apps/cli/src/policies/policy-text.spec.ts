import { describe, expect, it } from 'vitest';
import { parseCommentedJson, parsePolicyText } from './policy-text.ts';

const codeOf = (text: string): string | undefined => {
  try {
    parsePolicyText(text, 'policy.json');
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a policy file', () => {
  it('may hold comments, and texts that look like them', () => {
    const text = '// first\n{ "a": "https://example.com/*x*/", /* second */ "b": [1] // third\n}';
    expect(parseCommentedJson(text, 'f')).toEqual({ a: 'https://example.com/*x*/', b: [1] });
  });

  it.each(['', '{', '{"a": 1,}', '{"a": 1 /* }', "{'a': 1}", '{"a": 1} {"b": 2}', '// nothing'])(
    'S09 is refused where it is not JSON otherwise: %s',
    (text) => {
      expect(codeOf(text)).toBe('file-malformed');
    },
  );

  it('S04 takes no field from a prototype', () => {
    const inherited = parseCommentedJson('{"__proto__": {"approval": "automatic"}}', 'f') as {
      approval?: unknown;
    };
    expect(inherited.approval).toBeUndefined();
  });

  it('that is JSON, but no policy, is refused with the field', () => {
    expect(() => parsePolicyText('{"variant": "tpm"}', 'policy.json')).toThrow(/policy\.json: schema: /);
  });
});
