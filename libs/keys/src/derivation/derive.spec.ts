import { fromHex, toHex } from '@asterism/bytes';
import { KEY_PURPOSES as CONTRACT_PURPOSES } from '@asterism/contracts';
import fc from 'fast-check';
import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/keys.v1.json' with { type: 'json' };
import { deriveClusterKey, schemeOf } from './cluster-keys.ts';
import { derive, KEY_PURPOSES, type KeyPurpose } from './derive.ts';

const cluster = { scheme: 'asterism', root: fromHex(vectors.root), salt: fromHex(vectors.salt) } as const;

describe('derive', () => {
  it.each(vectors.keys)('gives the published key of $purpose "$id" version $version', (vector) => {
    const { purpose, id, version, length, key } = vector;
    const name = { purpose: purpose as KeyPurpose, id, version };
    expect(toHex(derive(cluster, name, length))).toBe(key);
    expect(toHex(deriveClusterKey(cluster, name, length))).toBe(key);
    expect(schemeOf(cluster, name)).toBe('asterism');
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
