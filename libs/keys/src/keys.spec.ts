import { fromHex, sha256, toBase64url, toHex } from '@asterism/bytes';
import { lockDigest, lockedPcr15 } from '@asterism/attestation';
import { KEY_PURPOSES as CONTRACT_PURPOSES } from '@asterism/contracts';
import fc from 'fast-check';
import { createPublicKey, sign, verify, createPrivateKey, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../vectors/keys.v1.json' with { type: 'json' };
import {
  clusterIdOf,
  createKek,
  derive,
  generateClusterSecrets,
  KEY_PURPOSES,
  measurementSecretOf,
  openKek,
  resultSigningKey,
  unwrapClusterRoot,
  wrapClusterRoot,
  type KeyPurpose,
  type Seal,
} from './index.ts';

const cluster = { scheme: 'asterism', root: fromHex(vectors.root), salt: fromHex(vectors.salt) } as const;
const CLUSTER = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const OTHER = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12';

describe('derive', () => {
  it.each(vectors.keys)('gives the published key of $purpose "$id" version $version', (vector) => {
    const { purpose, id, version, length, key } = vector;
    expect(toHex(derive(cluster, { purpose: purpose as KeyPurpose, id, version }, length))).toBe(key);
  });

  it('knows the same purposes as the contract', () => {
    expect(KEY_PURPOSES).toEqual(CONTRACT_PURPOSES);
  });

  it('S19 gives every purpose, id and version a key of its own, however the names are chosen', () => {
    const name = fc.record({
      purpose: fc.constantFrom(...KEY_PURPOSES),
      // Names that try to look like another purpose's frame.
      id: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(...KEY_PURPOSES),
        fc.constantFrom('\0\0\0\x01', 'volume\0\0\0\x04', '1', ''),
      ),
      version: fc.integer({ min: 1, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const same = a.purpose === b.purpose && a.id === b.id && a.version === b.version;
        expect(toHex(derive(cluster, a, 32)) === toHex(derive(cluster, b, 32))).toBe(same);
      }),
      { seed: 19, numRuns: 500 },
    );
  });

  it('S19 keeps purpose and id apart: moving a letter between them changes the key', () => {
    // Without frame()'s lengths, `volume` + `s` and `volumes` + `` would be one input.
    const glued = (purpose: string, id: string) =>
      toHex(
        new Uint8Array(hkdfSync('sha256', cluster.root, cluster.salt, `asterism/key/v1${purpose}${id}`, 32)),
      );
    expect(glued('volume', 's')).toBe(glued('volumes', ''));
    const keys = ['measurement', 'ssh-user-ca', 'cluster-ca', 'result-signing'].flatMap((id) => [
      toHex(derive(cluster, { purpose: 'state-disk', id, version: 1 }, 32)),
      toHex(derive(cluster, { purpose: 'volume', id, version: 1 }, 32)),
      toHex(derive(cluster, { purpose: id as KeyPurpose, id: '', version: 1 }, 32)),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    [{ purpose: 'disk' as KeyPurpose, id: '', version: 1 }, 32],
    [{ purpose: 'volume', id: '', version: 0 }, 32],
    [{ purpose: 'volume', id: '', version: 1.5 }, 32],
    [{ purpose: 'volume', id: '', version: 2 ** 32 }, 32],
    [{ purpose: 'volume', id: '\ud800', version: 1 }, 32],
    [{ purpose: 'volume', id: '', version: 1 }, 15],
    [{ purpose: 'volume', id: '', version: 1 }, 65],
  ] as const)('refuses %j with length %d', (name, length) => {
    expect(() => derive(cluster, name, length)).toThrow(
      expect.objectContaining({ code: 'derivation-invalid' }),
    );
  });

  it('refuses a root or salt of another length', () => {
    const name = { purpose: 'volume', id: '', version: 1 } as const;
    expect(() => derive({ ...cluster, root: new Uint8Array(31) }, name, 32)).toThrow(/cluster root/);
    expect(() => derive({ ...cluster, salt: new Uint8Array(0) }, name, 32)).toThrow(/cluster salt/);
  });
});

describe('cluster identity', () => {
  it('gives the published clusterId and lock', async () => {
    const secret = measurementSecretOf(cluster);
    expect(toHex(secret)).toBe(vectors.measurementSecret);
    const clusterId = clusterIdOf({ secret, salt: fromHex(vectors.measurementSalt) });
    expect(toHex(clusterId)).toBe(vectors.clusterId);
    for (const bank of ['sha256', 'sha384'] as const) {
      expect(toHex(await lockDigest(bank, clusterId))).toBe(vectors.lock[bank].digest);
      expect(toHex(await lockedPcr15(bank, clusterId))).toBe(vectors.lock[bank].pcr15);
    }
    expect(toHex(await sha256(clusterId))).toBe(vectors.lock.sha256.digest);
  });
});

describe('result signing', () => {
  it('gives the published P-256 key, and its private half signs for its public half', async () => {
    const key = await resultSigningKey(cluster, 1);
    expect(key.private.d).toBe(toBase64url(fromHex(vectors.resultSigning.d)));
    expect(key.public.x).toBe(toBase64url(fromHex(vectors.resultSigning.x)));
    expect(key.public.y).toBe(toBase64url(fromHex(vectors.resultSigning.y)));
    expect(key.public).not.toHaveProperty('d');
    const message = Buffer.from('result');
    const signature = sign('sha256', message, createPrivateKey({ key: { ...key.private }, format: 'jwk' }));
    expect(
      verify('sha256', message, createPublicKey({ key: { ...key.public }, format: 'jwk' }), signature),
    ).toBe(true);
  });

  it('gives another key for another version', async () => {
    expect((await resultSigningKey(cluster, 2)).public.kid).not.toBe(
      (await resultSigningKey(cluster, 1)).public.kid,
    );
  });
});

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
