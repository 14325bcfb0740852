import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromBase64,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64url,
  toHex,
  utf8,
} from './encoding.ts';

const SEEDED = { seed: 4648, numRuns: 300 };
const refusal = (code: string) => expect.objectContaining({ code, outcome: 'input' }) as Error;

/** RFC 4648 §10. */
const BASE64 = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const;

describe('hexadecimal', () => {
  it('is lower-case, two digits a byte, and reads both cases', () => {
    expect(toHex(Uint8Array.of(0, 9, 0xab, 0xff))).toBe('0009abff');
    expect(fromHex('0009aBFf')).toEqual(Uint8Array.of(0, 9, 0xab, 0xff));
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  it.each(['0', '0x00', '0g', ' 00', '00 ', '00\n', '-1', '+1', '٠٠'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(refusal('invalid-hex'));
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(new Uint8Array(bytes));
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
      }),
      SEEDED,
    );
  });
});

describe('base64', () => {
  it.each(BASE64)('RFC 4648 §10: %j is %j', (text, encoded) => {
    expect(toBase64(utf8(text))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8(text));
    expect(toBase64url(utf8(text))).toBe(encoded.replace(/=+$/, ''));
    expect(fromBase64url(encoded.replace(/=+$/, ''))).toEqual(utf8(text));
  });

  it('uses the alphabet of §5 where it says url', () => {
    expect(toBase64url(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('-_-_');
    expect(toBase64(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('+/+/');
  });

  it.each([
    'Zg',
    'Zg=',
    'Zg===',
    'Z',
    '=',
    'Zm9v=',
    'Zm9v\n',
    ' Zm9v',
    'Zm 9v',
    '-_-_',
    'Zh==',
    'Zm9=',
    'Zm9w====',
    'Z=g=',
  ])('refuses %j', (text) => {
    expect(() => fromBase64(text)).toThrow(refusal('invalid-base64'));
  });

  it.each(['Zg==', 'Z', 'Zm9vY', '+/+/', 'Zm9v\n', ' Zm9v', 'Zm 9v', 'Zm9v.', 'é', '='])(
    'refuses %j for url',
    (text) => {
      expect(() => fromBase64url(text)).toThrow(refusal('invalid-base64url'));
    },
  );

  it('refuses every ending but the one with zero spare bits', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = (prefix: string) =>
      [...alphabet].filter((last) => {
        try {
          return fromBase64url(prefix + last).length > 0;
        } catch {
          return false;
        }
      });
    expect(accepted('A').join('')).toBe('AQgw');
    expect(accepted('AA').join('')).toBe('AEIMQUYcgkosw048');
    expect(accepted('AAA')).toHaveLength(64);
  });

  it('reads back what it wrote, and agrees with Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(fromBase64url(toBase64url(bytes))).toEqual(new Uint8Array(bytes));
        expect(fromBase64(toBase64(bytes))).toEqual(new Uint8Array(bytes));
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
      SEEDED,
    );
  });

  it('has one text for each value: what it reads, it writes again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwEZ_-+/= \n'), maxLength: 9 }), (text) => {
        let bytes;
        try {
          bytes = fromBase64url(text);
        } catch {
          return;
        }
        expect(toBase64url(bytes)).toBe(text);
      }),
      SEEDED,
    );
  });

  it('takes megabytes', () => {
    const bytes = new Uint8Array(3_000_001).fill(0xa5);
    expect(fromBase64(toBase64(bytes)).length).toBe(bytes.length);
  });
});

describe('UTF-8', () => {
  it('keeps a byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it.each([
    ['a stray continuation', [0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point over the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s instead of replacing it', (_what, bytes) => {
    expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(refusal('invalid-utf8'));
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
      SEEDED,
    );
  });
});
