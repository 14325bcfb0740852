import { fromHex, toHex } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { hkdf } from './derive.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16).padStart(2, '0')).join('');

/** RFC 5869 appendix A.1 to A.3. */
const VECTORS: readonly [name: string, ikm: string, salt: string, info: string, okm: string][] = [
  [
    'A.1',
    '0b'.repeat(22),
    range(0x00, 0x0c),
    range(0xf0, 0xf9),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  ],
  [
    'A.2',
    range(0x00, 0x4f),
    range(0x60, 0xaf),
    range(0xb0, 0xff),
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  ],
  [
    'A.3',
    '0b'.repeat(22),
    '',
    '',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
];

describe('HKDF-SHA256', () => {
  it.each(VECTORS)('gives the vector %s of RFC 5869', (_name, ikm, salt, info, okm) => {
    expect(toHex(hkdf(fromHex(ikm), fromHex(salt), fromHex(info), okm.length / 2))).toBe(okm);
  });
});
