import { deriveKey, frame, hexOf, range } from './asterism-keys.ts';
import { hkdf } from './openssl.ts';

const VOLUME = '8b2f1f0a-3c55-4a0e-9d3b-5f0c1d2e3f40';

interface Cluster {
  readonly masterSecret: string;
  readonly salt: string;
  readonly measurementSalt: string;
  readonly disk: string;
}

/** The first two are zeros and ones throughout, as in Constellation's own tests; the others are of the lengths it takes. */
const CLUSTERS: readonly Cluster[] = [
  {
    masterSecret: '00'.repeat(32),
    salt: '00'.repeat(32),
    measurementSalt: '00'.repeat(32),
    disk: '00000000-0000-0000-0000-000000000000',
  },
  {
    masterSecret: 'ff'.repeat(32),
    salt: 'ff'.repeat(32),
    measurementSalt: 'ff'.repeat(32),
    disk: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  },
  {
    masterSecret: range(0x40, 32),
    salt: range(0x60, 32),
    measurementSalt: range(0x20, 32),
    disk: '0f9b9ad8-58f3-4f0e-a1c7-0c1d5a9be001',
  },
  {
    masterSecret: range(0x00, 16),
    salt: range(0x10, 64),
    measurementSalt: range(0x50, 32),
    disk: '0f9b9ad8-58f3-4f0e-a1c7-0c1d5a9be002',
  },
];

function vectorsOf({ masterSecret, salt, measurementSalt, disk }: Cluster): object {
  const theirs = (id: string, length: number) => hkdf(masterSecret, salt, hexOf(`key-${id}`), length);
  const ownBytes = hkdf(masterSecret, salt, frame(hexOf('asterism/constellation-root/v1')), 64);
  const own = { root: ownBytes.slice(0, 64), salt: ownBytes.slice(64) };

  const known = (purpose: string, id: string, theirId = id, length = 32) =>
    ({ purpose, id, version: 1, length, scheme: 'constellation', key: theirs(theirId, length) }) as const;
  const unknown = (purpose: string, id: string, version = 1, length = 32) =>
    ({
      purpose,
      id,
      version,
      length,
      scheme: 'asterism',
      key: deriveKey(own, [purpose, id, version, length]),
    }) as const;

  const measurementSecret = theirs('measurementSecret', 32);
  return {
    masterSecret,
    salt,
    measurementSalt,
    importedVolumes: [VOLUME],
    measurementSecret,
    clusterId: hkdf(measurementSecret, measurementSalt, hexOf('key-clusterID'), 32),
    keys: [
      known('state-disk', disk),
      known('state-disk', disk, disk, 64),
      known('volume', VOLUME),
      known('object-store', 's3proxy-kek'),
      known('measurement', '', 'measurementSecret'),
      unknown('state-disk', disk, 2),
      unknown('state-disk', 'disk-1'),
      unknown('volume', disk),
      unknown('volume', VOLUME, 2),
      unknown('volume', 'pvc-ü'),
      unknown('object-store', VOLUME),
      unknown('object-store', 's3proxy-kek', 2),
      unknown('measurement', '', 2),
      unknown('ssh-user-ca', ''),
      unknown('ssh-host-ca', ''),
      unknown('cluster-ca', 'etcd', 1, 48),
      unknown('result-signing', '', 1, 48),
    ],
  };
}

/** libs/keys/vectors/constellation.v1.json */
export function constellationVectors(): object {
  return {
    about:
      'Test vectors of scheme constellation, all bytes in hexadecimal. Computed with the kdf command of OpenSSL by tools/vectors.',
    clusters: CLUSTERS.map(vectorsOf),
  };
}
