import { fromHex, toHex, type Bytes } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { TpmFormatError } from '../../errors.ts';
import { CborTag, type CborValue } from './cbor.ts';
import { decodeCbor } from './decode-cbor.ts';
import { encodeCbor } from './encode-cbor.ts';

const decode = (hex: string) => decodeCbor(fromHex(hex));
const h = (hex: string): Bytes => fromHex(hex);
const map = (...entries: [number | string, CborValue][]) => new Map(entries);
const to25 = Array.from({ length: 25 }, (_, i) => i + 1);

/** RFC 8949 Appendix A, in its order: what is definite in length, so that it also encodes to these bytes. */
const EXAMPLES: readonly [hex: string, value: CborValue][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['c074323031332d30332d32315432303a30343a30305a', new CborTag(0, '2013-03-21T20:04:00Z')],
  ['c11a514b67b0', new CborTag(1, 1363896240)],
  ['d74401020304', new CborTag(23, h('01020304'))],
  ['d818456449455446', new CborTag(24, h('6449455446'))],
  ['d82076687474703a2f2f7777772e6578616d706c652e636f6d', new CborTag(32, 'http://www.example.com')],
  ['40', h('')],
  ['4401020304', h('01020304')],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', to25],
  ['a0', map()],
  ['a201020304', map([1, 2], [3, 4])],
  ['a26161016162820203', map(['a', 1], ['b', [2, 3]])],
  ['826161a161626163', ['a', map(['b', 'c'])]],
  [
    'a56161614161626142616361436164614461656145',
    map(['a', 'A'], ['b', 'B'], ['c', 'C'], ['d', 'D'], ['e', 'E']),
  ],
];

/** The rest of Appendix A that is read: lengths are indefinite. */
const INDEFINITE: readonly [hex: string, value: CborValue][] = [
  ['5f42010243030405ff', h('0102030405')],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['9f01820203820405ff', [1, [2, 3], [4, 5]]],
  ['83018202039f0405ff', [1, [2, 3], [4, 5]]],
  ['83019f0203ff820405', [1, [2, 3], [4, 5]]],
  ['9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff', to25],
  ['bf61610161629f0203ffff', map(['a', 1], ['b', [2, 3]])],
  ['826161bf61626163ff', ['a', map(['b', 'c'])]],
  ['bf6346756ef563416d7421ff', map(['Fun', true], ['Amt', -2])],
];

/** Appendix A: what has no place here. */
const UNSUPPORTED = [
  '1bffffffffffffffff',
  '3bffffffffffffffff',
  'f90000',
  'f93c00',
  'fa47c35000',
  'fb3ff199999999999a',
  'f97e00',
  'f7',
  'f0',
  'f818',
  'f8ff',
  // Appendix F.1: strings longer than any input.
  '5bffffffffffffffff010203',
  '7b7fffffffffffffff010203',
];

/** RFC 8949 Appendix F.1, where it says what is wrong with each. */
const NOT_WELL_FORMED: readonly [what: string, hex: string][] = [
  ['end of input in a head', '18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8'],
  ['string with short data', '41 61 5affffffff00 7affffffff00'],
  ['array or map not closed', '81 818181818181818181 8200 a1 a20102 a100 a2000000'],
  ['tag without content', 'c0'],
  ['string of indefinite length not closed', '5f4100 7f6100'],
  [
    'array or map of indefinite length not closed',
    '9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff',
  ],
  ['reserved additional information', '1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de'],
  ['chunk of a wrong type', '5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff'],
  ['chunk of indefinite length', '5f5f4100ffff 7f7f6100ffff'],
  ['break on its own', 'ff'],
  [
    'break in an item of definite length',
    '81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff',
  ],
  ['break instead of a value', 'bf00ff bf000000ff'],
  ['indefinite length where there is none', '1f 3f df'],
];

/** Well-formed, and refused all the same. */
const REFUSED: readonly [what: string, code: string, hex: string][] = [
  ['integer below its form', 'malformed', '1817 1900ff 1a0000ffff 1b00000000ffffffff 3817'],
  ['length below its form', 'malformed', '580141 780161 9800 b800 d80100 5f580141ff'],
  ['key twice', 'malformed', 'a201020103 a2616101616102'],
  ['key twice in a map of indefinite length', 'malformed', 'bf616101616102ff'],
  ['key that is a byte string', 'unsupported', 'a1410102'],
  ['key that is null', 'unsupported', 'a1f602'],
  ['key that is a list', 'unsupported', 'a18002'],
  ['text that is not UTF-8', 'malformed', '61ff 62c328 7f61c361bcff'],
  ['bytes behind the item', 'malformed', '0000 f6f6 8000'],
  ['nothing', 'malformed', ''],
  ['integer over 2^53 − 2', 'unsupported', '1b001fffffffffffff 3b001fffffffffffff'],
];

function refusal(bytes: Uint8Array): TpmFormatError {
  try {
    decodeCbor(bytes);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error(`was read: ${toHex(bytes)}`);
}

describe('CBOR', () => {
  it.each(EXAMPLES)('%s is what RFC 8949 says, both ways', (hex, value) => {
    expect(decode(hex)).toEqual(value);
    expect(toHex(encodeCbor(value))).toBe(hex);
  });

  it.each(INDEFINITE)('%s is what RFC 8949 says', (hex, value) => {
    expect(decode(hex)).toEqual(value);
  });

  it('arrays and maps can be written with indefinite length, others cannot', () => {
    expect(toHex(encodeCbor([1, [2, 3]], 'indefinite'))).toBe('9f01820203ff');
    expect(toHex(encodeCbor(map(['Fun', true], ['Amt', -2]), 'indefinite'))).toBe('bf6346756ef563416d7421ff');
    expect(() => encodeCbor('text', 'indefinite')).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it.each(UNSUPPORTED)('S09 %s is refused as unsupported', (hex) => {
    expect(refusal(fromHex(hex)).code).toBe('unsupported');
  });

  it.each(NOT_WELL_FORMED)('S09 %s is refused', (_what, list) => {
    for (const hex of list.split(' ')) {
      expect(refusal(fromHex(hex)), hex).toMatchObject({ code: 'malformed', outcome: 'input' });
    }
  });

  it.each(REFUSED)('S09 %s is refused as %s', (_what, code, list) => {
    for (const hex of list.split(' ')) expect(refusal(fromHex(hex)).code, hex).toBe(code);
  });

  it('numbers that are not safe integers cannot be written', () => {
    for (const value of [0.5, Number.NaN, 2 ** 53, -(2 ** 53)]) {
      expect(() => encodeCbor(value)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    }
  });

  it('the largest integers that are read', () => {
    expect(decode('1b001ffffffffffffe')).toBe(Number.MAX_SAFE_INTEGER - 1);
    expect(decode('3b001ffffffffffffe')).toBe(Number.MIN_SAFE_INTEGER);
  });

  it.each([
    ['arrays', '81', '00'],
    ['arrays of indefinite length', '9f', ''],
    ['maps', 'a100', '00'],
    ['tags', 'c0', '00'],
  ])('S09 %s in one another are read to 16 levels', (_name, open, end) => {
    const nested = (levels: number) =>
      fromHex(`${open.repeat(levels)}${end}${open === '9f' ? 'ff'.repeat(levels) : ''}`);
    decodeCbor(nested(16));
    expect(refusal(nested(17)).message).toContain('deep');
    expect(refusal(nested(100_000)).message).toContain('deep');
  });

  it('S09 a count or length of four gigabytes costs nothing', { timeout: 1_000 }, () => {
    for (const hex of ['9affffffff', 'baffffffff', '5affffffff', '7affffffff', '9b0000ffffffffffff']) {
      expect(refusal(fromHex(hex)).code).toBe('malformed');
    }
  });
});
