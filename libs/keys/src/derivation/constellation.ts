import { frame, utf8 } from '@asterism/bytes';
import { KeysError } from '../errors.ts';
import { hkdf, requireKeyName, requireLength, type ClusterRoot, type KeyName } from './derive.ts';

/**
 * Keys of a cluster that was a Constellation cluster (edgelesssys/constellation v2, internal/crypto and keyservice): each is
 * HKDF-SHA256(master secret, salt, "key-" + id, length), in one namespace for all its services.
 */
export interface ConstellationKeys {
  readonly scheme: 'constellation';
  /** `key` of constellation-mastersecret.json: 16 to 64 bytes. */
  readonly masterSecret: Uint8Array;
  /** `salt` of the same file: 32 to 64 bytes. */
  readonly salt: Uint8Array;
  /**
   * LUKS UUIDs of the volumes that the old cluster's CSI drivers made. Only these have its keys: in its namespace a volume
   * that is named as another node's state disk would have that disk's key (S19).
   */
  readonly importedVolumes: ReadonlySet<string>;
  /** What Constellation has no keys for is derived from this (`constellationKeys`). */
  readonly own: ClusterRoot;
}

/** Everything in Constellation's namespace begins with it. */
const PREFIX = 'key-';
const MEASUREMENT_SECRET = 'measurementSecret';
const CLUSTER_ID = 'clusterID';
const OBJECT_PROXY_KEK = 's3proxy-kek';

/** Ids of Constellation's own services: measured identity, seed of the emergency SSH CA, KEK of the S3 proxy. */
const RESERVED = [MEASUREMENT_SECRET, CLUSTER_ID, 'ca_emergency_ssh', OBJECT_PROXY_KEK];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id in Constellation's namespace that a name stands for, or undefined where Constellation has no such key. The list is
 * closed, all at version 1: state disks and imported volumes by their LUKS UUID, the measurement secret, and object store
 * `s3proxy-kek`.
 * @throws KeysError `key-id-reserved` for a data key that is named as one of Constellation's services, and for a state disk
 * that is named as an imported volume; `derivation-invalid` for a UUID that is not in lower case
 */
export function constellationId(keys: ConstellationKeys, name: KeyName): string | undefined {
  requireKeyName(name);
  const { purpose, id, version } = name;
  if (purpose === 'measurement') return id === '' && version === 1 ? MEASUREMENT_SECRET : undefined;
  if (purpose === 'object-store' && id === OBJECT_PROXY_KEK) return version === 1 ? id : undefined;
  if (purpose !== 'state-disk' && purpose !== 'volume' && purpose !== 'object-store') return undefined;
  if (RESERVED.some((reserved) => reserved.toLowerCase() === id.toLowerCase())) {
    throw new KeysError('key-id-reserved', 'id belongs to a service of the Constellation cluster', {
      got: id,
    });
  }
  if (purpose === 'object-store' || !UUID.test(id)) return undefined;
  return idOfDisk(keys, name);
}

function idOfDisk(
  { importedVolumes }: ConstellationKeys,
  { purpose, id, version }: KeyName,
): string | undefined {
  if (id !== id.toLowerCase()) {
    throw new KeysError('derivation-invalid', 'UUID is not in lower case', { got: id });
  }
  const imported = importedVolumes.has(id);
  if (purpose === 'state-disk' && imported) {
    throw new KeysError('key-id-reserved', 'a volume of the Constellation cluster has this UUID', {
      got: id,
    });
  }
  return version === 1 && (purpose === 'state-disk' || imported) ? id : undefined;
}

/** @param id from `constellationId` */
export function deriveConstellationKey(keys: ConstellationKeys, id: string, length: number): Uint8Array {
  requireLength(length);
  return hkdf(keys.masterSecret, keys.salt, utf8(PREFIX + id), length);
}

/** `key-clusterID` of the measurement secret; both 32 bytes. */
export function constellationClusterId(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return hkdf(secret, salt, utf8(PREFIX + CLUSTER_ID), 32);
}

/**
 * The keys of a master secret, with the root for what Constellation has no keys for: HKDF-SHA256(master secret, salt,
 * frame("asterism/constellation-root/v1"), 64), the first half root and the second salt. The frame begins with a zero byte
 * and Constellation's ids with "key-", so that neither can be the other.
 * @throws KeysError `master-secret-invalid`
 */
export function constellationKeys(
  secret: MasterSecret,
  importedVolumes: ReadonlySet<string>,
): ConstellationKeys {
  const { masterSecret, salt } = requireMasterSecret(secret);
  const bytes = hkdf(masterSecret, salt, frame('asterism/constellation-root/v1'), 64);
  const own = { root: bytes.subarray(0, 32), salt: bytes.subarray(32) };
  return { scheme: 'constellation', masterSecret, salt, importedVolumes, own };
}

export type MasterSecret = Pick<ConstellationKeys, 'masterSecret' | 'salt'>;

/**
 * Constellation's own least lengths; 64 bytes are what a recovery set and a row have room for.
 * @throws KeysError `master-secret-invalid`
 */
export function requireMasterSecret(secret: MasterSecret): MasterSecret {
  requireWithin(secret.masterSecret, 16, 'master secret');
  requireWithin(secret.salt, 32, 'salt of the master secret');
  return secret;
}

function requireWithin({ length }: Uint8Array, least: number, what: string): void {
  if (length < least || length > 64) {
    throw new KeysError('master-secret-invalid', `${what} is not ${least} to 64 bytes`, { got: length });
  }
}
