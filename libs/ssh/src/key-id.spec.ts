import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKeyId, parseKeyId, type KeyId } from './index.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);
const seconds = fc.integer({ min: 0, max: 999_999_999_999 });
const grant = fc.record({
  kind: fc.constant('grant' as const),
  ...{ cluster: name, user: name, grant: fc.uuid(), until: seconds },
});
const emergency = fc.record({
  kind: fc.constant('emergency' as const),
  ...{ cluster: name, person: name, madeAt: seconds },
});

describe('key IDs', () => {
  it('are read as they were written, and fit a certificate', () => {
    fc.assert(
      fc.property(fc.oneof(grant, emergency), (id: KeyId) => {
        const text = formatKeyId(id);
        expect(parseKeyId(text)).toEqual(id);
        expect(text).toMatch(/^[\x21-\x7e]{1,300}$/);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('say what they are of', () => {
    const uuid = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
    expect(
      formatKeyId({ kind: 'grant', cluster: 'local', user: 'alice', grant: uuid, until: 1795593600 }),
    ).toBe(`asterism:local:alice:${uuid}:1795593600`);
    expect(formatKeyId({ kind: 'emergency', cluster: 'local', person: 'ada', madeAt: 1795593600 })).toBe(
      'asterism-emergency:local:ada:1795593600',
    );
  });

  it('are not written of names with colons, blanks or nothing, nor of times that are none', () => {
    const good = { kind: 'emergency', cluster: 'local', person: 'ada', madeAt: 1 } as const;
    for (const bad of [
      ...['a:b', 'a b', '', 'Ada', 'ada\n', 'ä'].flatMap((text) => [{ person: text }, { cluster: text }]),
      ...[{ madeAt: -1 }, { madeAt: 1.5 }, { madeAt: NaN }, { madeAt: 1e21 }],
    ]) {
      expect(() => formatKeyId({ ...good, ...bad })).toThrow(
        expect.objectContaining({ code: 'ssh-key-id-malformed' }),
      );
    }
  });

  it.each([
    '',
    'alice',
    'asterism:local:alice',
    'asterism-emergency:local:ada:01',
    'asterism:a:b:c:1',
    'asterism:',
  ])('of others are not taken for ours: %j', (text) => expect(parseKeyId(text)).toBeUndefined());
});
