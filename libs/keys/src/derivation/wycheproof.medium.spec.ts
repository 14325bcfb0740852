import { fromHex, toHex } from '@asterism/bytes';
import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hkdf } from './derive.ts';

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
  readonly result: 'valid' | 'invalid';
}

function vectors(): Vector[] {
  if (!VECTORS_PRESENT) return [];
  const text = readFileSync(join(VECTORS, 'kdf/wycheproof-hkdf-sha256/hkdf_sha256_test.json'), 'utf8');
  return (JSON.parse(text) as { testGroups: { tests: Vector[] }[] }).testGroups.flatMap(({ tests }) => tests);
}

describe.skipIf(!VECTORS_PRESENT)('HKDF-SHA256 and Wycheproof', () => {
  it('brings all its 86 vectors', () => {
    expect(vectors()).toHaveLength(86);
  });

  it.each(vectors())('agrees on vector $tcId: $comment', ({ ikm, salt, info, size, okm, result }) => {
    const derive = () => toHex(hkdf(fromHex(ikm), fromHex(salt), fromHex(info), size));
    if (result === 'valid') expect(derive()).toBe(okm);
    else expect(derive).toThrow(RangeError);
  });
});
