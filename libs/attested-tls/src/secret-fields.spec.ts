import { fromBase64urlCharacters, fromUtf8, utf8 } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutSecrets, hasMember } from './secret-fields.ts';

const PATHS = ['ticket.disk.key', 'ticket.disk.next.key', 'key'];

function cut(text: string) {
  const json = utf8(text);
  const secrets = cutSecrets(json, PATHS);
  return { left: fromUtf8(json), secrets: new Map([...secrets].map(([path, it]) => [path, fromUtf8(it)])) };
}

describe('S29 secrets are taken out of a JSON text before it is parsed', () => {
  it.each([
    ['{"key":"c2VjcmV0"}', { key: 'c2VjcmV0' }],
    [' { "a" : [ "key" , {"key":"x"} ] ,\n"key"\t:\n"c2VjcmV0" } ', { key: 'c2VjcmV0' }],
    [
      '{"ticket":{"disk":{"key":"YQ","next":{"key":"Yg"}},"key":"open"}}',
      {
        'ticket.disk.key': 'YQ',
        'ticket.disk.next.key': 'Yg',
      },
    ],
    ['{"name":"with \\"key\\":\\"no\\" and \\\\","key":"YQ"}', { key: 'YQ' }],
    ['{"key":{"key":"no"},"list":[{"key":"no"}],"other":"key"}', {}],
    ['{"key":null}', {}],
    ['["key","no"]', {}],
  ])('from %s', (text, wanted) => {
    const { left, secrets } = cut(text);
    expect(Object.fromEntries(secrets)).toEqual(wanted);
    expect(left).toHaveLength(text.length);
    const hidden = Object.values(wanted).reduce(
      (json, secret) => json.replace(`"${secret}"`, `"${'A'.repeat(secret.length)}"`),
      text,
    );
    expect(JSON.parse(left)).toEqual(JSON.parse(hidden));
  });

  it('wherever it stands, and touches nothing else', () => {
    const other = fc.dictionary(
      fc.string().filter((name) => name !== 'key'),
      fc.jsonValue(),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(other, other, fc.uint8Array({ maxLength: 40 }), (before, after, bytes) => {
        const secret = Buffer.from(bytes).toString('base64url');
        const json = utf8(JSON.stringify({ ...before, key: secret, ...after }));
        const taken = cutSecrets(json, ['key']).get('key');
        expect(fromBase64urlCharacters(taken ?? new Uint8Array(1))).toEqual(bytes);
        const hidden = { ...before, key: 'A'.repeat(secret.length), ...after };
        expect(fromUtf8(json)).toBe(JSON.stringify(hidden));
      }),
    );
  });

  it.each(['', '{', '"', '{"key":"never closed', '{"key":"\\', ']}]', '{"key"'])(
    'leaves %j to the parser',
    (text) => {
      expect(() => cut(text)).not.toThrow();
      expect(() => JSON.parse(text) as unknown).toThrow();
    },
  );

  it('is noticed where a name is spelled so that it is not recognised', () => {
    const text = '{"k\\u0065y":"c2VjcmV0"}';
    expect(cut(text).secrets.size).toBe(0);
    expect(hasMember(JSON.parse(text), 'key')).toBe(true);
    expect(hasMember({ ticket: null }, 'ticket.disk.key')).toBe(false);
    expect(hasMember({ key: 'own' }, 'toString')).toBe(false);
  });
});
