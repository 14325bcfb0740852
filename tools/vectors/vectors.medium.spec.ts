import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { VECTOR_FILES } from './files.ts';
import { hkdf } from './openssl.ts';

describe('published key vectors', () => {
  it.each(VECTOR_FILES)('$name is what OpenSSL works out', async ({ path, compute }) => {
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(compute());
  });

  it('come from the HKDF of RFC 5869, appendix A.1', () => {
    const okm = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865';
    expect(hkdf('0b'.repeat(22), '000102030405060708090a0b0c', 'f0f1f2f3f4f5f6f7f8f9', 42)).toBe(okm);
  });
});
