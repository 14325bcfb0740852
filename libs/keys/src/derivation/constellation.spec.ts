import { fromHex, toBase64, toHex, utf8 } from '@asterism/bytes';
import fc from 'fast-check';
import { hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/constellation.v1.json' with { type: 'json' };
import {
  clusterIdOf,
  deriveClusterKey,
  importConstellation,
  KEY_PURPOSES,
  measurementSecretOf,
  parseConstellationMasterSecret,
  schemeOf,
  type ClusterKeys,
  type ConstellationKeys,
  type KeyName,
  type KeyPurpose,
} from '../index.ts';
import { constellationKeys } from './constellation.ts';

type Cluster = (typeof vectors.clusters)[number];

const VOLUME = '8b2f1f0a-3c55-4a0e-9d3b-5f0c1d2e3f40';
const DISK = '0f9b9ad8-58f3-4f0e-a1c7-0c1d5a9be001';
const RESERVED = ['measurementSecret', 'clusterID', 'ca_emergency_ssh', 's3proxy-kek'];

function keysOf({ masterSecret, salt, importedVolumes }: Cluster): ConstellationKeys {
  const secret = { masterSecret: fromHex(masterSecret), salt: fromHex(salt) };
  return constellationKeys(secret, new Set(importedVolumes));
}
const keys = keysOf(vectors.clusters[2] as Cluster);
const refusal = (code: string) => expect.objectContaining({ name: 'KeysError', code });
const derive = (purpose: KeyPurpose, id: string, version = 1, from: ClusterKeys = keys) =>
  toHex(deriveClusterKey(from, { purpose, id, version }, 32));

/** What Constellation's key service answers for an id, whoever asks. */
const theirs = (id: string) =>
  toHex(new Uint8Array(hkdfSync('sha256', keys.masterSecret, keys.salt, utf8(`key-${id}`), 32)));

describe('scheme constellation', () => {
  it.each(vectors.clusters.flatMap((cluster) => cluster.keys.map((key) => ({ cluster, ...key }))))(
    'gives the published key of $purpose "$id" version $version, by scheme $scheme',
    ({ cluster, purpose, id, version, length, scheme, key }) => {
      const name = { purpose: purpose as KeyPurpose, id, version };
      expect(toHex(deriveClusterKey(keysOf(cluster), name, length))).toBe(key);
      expect(schemeOf(keysOf(cluster), name)).toBe(scheme);
    },
  );

  it.each(vectors.clusters)('gives the published measured identity of $masterSecret', (cluster) => {
    const secret = measurementSecretOf(keysOf(cluster));
    expect(toHex(secret)).toBe(cluster.measurementSecret);
    const salt = fromHex(cluster.measurementSalt);
    expect(toHex(clusterIdOf({ secret, salt }, 'constellation'))).toBe(cluster.clusterId);
    expect(toHex(clusterIdOf({ secret, salt }))).not.toBe(cluster.clusterId);
    expect(() => clusterIdOf({ secret, salt: salt.subarray(1) }, 'constellation')).toThrow(
      refusal('derivation-invalid'),
    );
  });

  it('S19 gives every name a key of its own, also across purposes that shared a namespace', () => {
    const uuid = fc.constantFrom(VOLUME, DISK, '0f9b9ad8-58f3-4f0e-a1c7-0c1d5a9be002');
    const name = fc.record({
      purpose: fc.constantFrom(...KEY_PURPOSES),
      id: fc.oneof(uuid, fc.string({ unit: 'grapheme' }), fc.constantFrom(...KEY_PURPOSES, ...RESERVED, '')),
      version: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 0xffff_ffff })),
    });
    const keyOf = (of: KeyName) => {
      try {
        return toHex(deriveClusterKey(keys, of, 32));
      } catch (error) {
        expect(error).toEqual(refusal('key-id-reserved'));
        return undefined;
      }
    };
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [first, second] = [keyOf(a), keyOf(b)];
        if (first === undefined || second === undefined) return;
        const same = a.purpose === b.purpose && a.id === b.id && a.version === b.version;
        expect(first === second).toBe(same);
      }),
      { seed: 19, numRuns: 1000 },
    );
  });

  it.each(RESERVED)('S19 gives no data key the key of %s', (reserved) => {
    for (const purpose of ['state-disk', 'volume', 'object-store'] as const) {
      for (const id of [reserved, reserved.toUpperCase()]) {
        // The one exception: the object store that Constellation's proxy encrypted.
        if (purpose === 'object-store' && id === 's3proxy-kek') continue;
        const derived = () => derive(purpose, id);
        expect(derived, `${purpose} ${id}`).toThrow(refusal('key-id-reserved'));
      }
    }
  });

  it('S19 never gives out the seed of the emergency SSH CA, whatever is asked for', () => {
    const seed = theirs('ca_emergency_ssh');
    for (const purpose of KEY_PURPOSES) {
      for (const id of [
        '',
        'ca_emergency_ssh',
        'key-ca_emergency_ssh',
        '../ca_emergency_ssh',
        'ssh-user-ca',
      ]) {
        let key: string | undefined;
        try {
          key = derive(purpose, id);
        } catch {
          continue;
        }
        expect(key, `${purpose} ${id}`).not.toBe(seed);
      }
    }
  });

  it('S19 gives a volume that is named as a state disk another key, and a state disk named as a volume none', () => {
    expect(derive('state-disk', DISK)).toBe(theirs(DISK));
    expect(derive('volume', DISK)).not.toBe(theirs(DISK));
    expect(derive('volume', VOLUME)).toBe(theirs(VOLUME));
    expect(() => derive('state-disk', VOLUME)).toThrow(refusal('key-id-reserved'));
  });

  it('refuses a UUID in capitals, which Constellation never wrote', () => {
    for (const purpose of ['state-disk', 'volume'] as const) {
      expect(() => derive(purpose, DISK.toUpperCase())).toThrow(refusal('derivation-invalid'));
    }
  });

  it('refuses what scheme asterism refuses', () => {
    const wrong: [KeyName, number][] = [
      [{ purpose: 'disk' as KeyPurpose, id: DISK, version: 1 }, 32],
      [{ purpose: 'state-disk', id: DISK, version: 0 }, 32],
      [{ purpose: 'volume', id: '\ud800', version: 1 }, 32],
      [{ purpose: 'state-disk', id: DISK, version: 1 }, 15],
      [{ purpose: 'ssh-user-ca', id: '', version: 1 }, 65],
    ];
    for (const [name, length] of wrong) {
      expect(() => deriveClusterKey(keys, name, length)).toThrow(refusal('derivation-invalid'));
    }
  });
});

describe('import of a Constellation cluster', () => {
  const [cluster] = vectors.clusters.slice(2) as [Cluster];
  const secrets = {
    masterSecret: fromHex(cluster.masterSecret),
    salt: fromHex(cluster.salt),
    measurementSalt: fromHex(cluster.measurementSalt),
  };

  it('keeps the identity and the keys that the cluster had', () => {
    const imported = importConstellation({ ...secrets, importedVolumes: [VOLUME.toUpperCase()] });
    expect(toHex(imported.clusterId)).toBe(cluster.clusterId);
    expect(imported.keys).toEqual(keys);
    expect(derive('volume', VOLUME, 1, importConstellation(secrets).keys)).not.toBe(theirs(VOLUME));
  });

  it.each([
    ['masterSecret', 15],
    ['masterSecret', 65],
    ['salt', 31],
    ['salt', 65],
    ['measurementSalt', 31],
    ['measurementSalt', 33],
  ])('refuses a %s of %i bytes', (field, length) => {
    const wrong = { ...secrets, [field]: new Uint8Array(length) };
    expect(() => importConstellation(wrong)).toThrow(refusal('master-secret-invalid'));
  });

  it('reads constellation-mastersecret.json', () => {
    const { masterSecret, salt } = secrets;
    const text = JSON.stringify({ key: toBase64(masterSecret), salt: toBase64(salt) }, null, 2);
    expect(parseConstellationMasterSecret(text)).toEqual({ masterSecret, salt });
  });

  it('refuses any other file, and never repeats what is in it', () => {
    const key = toBase64(randomBytes(32));
    const salt = toBase64(randomBytes(32));
    const others = [
      '',
      'null',
      '[]',
      key,
      `{"key":"${key}"}`,
      `{"key":"${key}","salt":1}`,
      `{"key":"${key}","salt":""}`,
    ];
    const almost = [`{"key":"${key}","salt":"${salt}"`, `{"key":"${key}!","salt":"${salt}"}`];
    for (const text of [...others, ...almost, `{"key":"${key.slice(4)}AA","salt":"${salt}"}`]) {
      try {
        parseConstellationMasterSecret(text);
        expect.unreachable(text);
      } catch (error) {
        expect(error).toEqual(refusal('master-secret-invalid'));
        expect(inspect(error, { depth: 10 })).not.toContain(key.slice(4, 20));
      }
    }
  });
});
