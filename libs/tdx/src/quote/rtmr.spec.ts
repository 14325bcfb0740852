import { toHex } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { extendRtmr } from '../index.ts';

describe('extendRtmr', () => {
  it('hashes the register and then the digest', async () => {
    const [register, digest] = [new Uint8Array(48).fill(1), new Uint8Array(48).fill(2)];
    const want = createHash('sha384').update(register).update(digest).digest('hex');
    expect(toHex(await extendRtmr(register, digest))).toBe(want);
  });
});
