import { toHex } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateClusterSecrets } from '../derivation/cluster-secrets.ts';
import { createKek, openKek } from './kek.ts';
import type { Seal } from './seal.ts';
import { unwrapClusterRoot, wrapClusterRoot } from './wrap.ts';

const CLUSTER = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const OTHER = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12';

describe('wrapped cluster roots', () => {
  const kek = new Uint8Array(32).fill(7);
  const { root } = generateClusterSecrets(randomBytes);
  const wrapped = wrapClusterRoot(kek, CLUSTER, root, randomBytes);

  it('opens with the KEK and for the cluster it was wrapped for', () => {
    expect(toHex(unwrapClusterRoot(kek, CLUSTER, wrapped))).toBe(toHex(root));
    expect(toHex(unwrapClusterRoot(kek, CLUSTER.toUpperCase(), wrapped))).toBe(toHex(root));
  });

  it('S25 does not open under another KEK, for another cluster, or with any byte changed', () => {
    const before = toHex(wrapped);
    const wrong = expect.objectContaining({ code: 'seal-wrong' });
    expect(() => unwrapClusterRoot(new Uint8Array(32).fill(8), CLUSTER, wrapped)).toThrow(wrong);
    expect(() => unwrapClusterRoot(kek, OTHER, wrapped)).toThrow(wrong);
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Uint8Array.from(wrapped, (byte, i) => (i === at ? byte ^ 1 : byte));
      expect(() => unwrapClusterRoot(kek, CLUSTER, changed)).toThrow(/wrapped secret/);
    }
    for (let length = 0; length < wrapped.length; length++) {
      expect(() => unwrapClusterRoot(kek, CLUSTER, wrapped.subarray(0, length))).toThrow(/wrapped secret/);
    }
    expect(toHex(wrapped)).toBe(before);
  });

  it('have the lengths of a root or of a Constellation master secret', () => {
    for (const length of [16, 64]) {
      const secret = new Uint8Array(randomBytes(length));
      expect(unwrapClusterRoot(kek, CLUSTER, wrapClusterRoot(kek, CLUSTER, secret, randomBytes))).toEqual(
        secret,
      );
    }
    for (const length of [0, 15, 65]) {
      expect(() => wrapClusterRoot(kek, CLUSTER, new Uint8Array(length), randomBytes)).toThrow(
        /cluster root/,
      );
    }
  });

  it('uses a fresh initialisation vector each time', () => {
    expect(toHex(wrapClusterRoot(kek, CLUSTER, root, randomBytes))).not.toBe(toHex(wrapped));
  });
});

describe('KEK', () => {
  it('refuses a seal that gives back another length', async () => {
    const short: Seal = {
      kind: 'key-file',
      seal: async (sealed) => ({ sealed, description: { kind: 'key-file' } }),
      unseal: async () => new Uint8Array(16),
    };
    const { kek, sealed } = await createKek(short, randomBytes);
    expect(kek).toHaveLength(32);
    await expect(openKek(short, sealed)).rejects.toMatchObject({ code: 'seal-malformed' });
  });
});
