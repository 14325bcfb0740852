import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

describe('CRC32C', () => {
  // RFC 3720, appendix B.4; the last is the check value of the catalogue of parametrised CRC algorithms.
  it.each([
    ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['nothing', new Uint8Array(), 0],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('of %s', (_, bytes, want) => {
    expect(crc32c(bytes)).toBe(want);
  });
});
