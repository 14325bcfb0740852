import { fromBase64 } from '@asterism/bytes';
import { KeysError } from '../errors.ts';
import { clusterIdOf, measurementSecretOf } from './cluster-identity.ts';
import {
  constellationKeys,
  requireMasterSecret,
  type ConstellationKeys,
  type MasterSecret,
} from './constellation.ts';

export interface ConstellationSecrets extends MasterSecret {
  /** `clusterValues.measurementSalt` of constellation-state.yaml: 32 bytes. */
  readonly measurementSalt: Uint8Array;
  /** LUKS UUIDs of the volumes that its CSI drivers made. */
  readonly importedVolumes?: Iterable<string>;
}

/**
 * Keys and measured identity of a Constellation cluster that is taken over. The identity is its old one
 * (`clusterValues.clusterID` of the state file), so that a mistyped secret or salt is seen before anything depends on it.
 * @throws KeysError `master-secret-invalid`
 */
export function importConstellation(secrets: ConstellationSecrets): {
  readonly keys: ConstellationKeys;
  readonly clusterId: Uint8Array;
} {
  const { masterSecret, salt, measurementSalt, importedVolumes = [] } = secrets;
  if (measurementSalt.length !== 32) {
    throw new KeysError('master-secret-invalid', 'measurement salt is not 32 bytes', {
      got: measurementSalt.length,
    });
  }
  const volumes = new Set([...importedVolumes].map((uuid) => uuid.toLowerCase()));
  const keys = constellationKeys({ masterSecret, salt }, volumes);
  return {
    keys,
    clusterId: clusterIdOf({ secret: measurementSecretOf(keys), salt: measurementSalt }, keys.scheme),
  };
}

/**
 * Reads constellation-mastersecret.json: `{"key", "salt"}`, both base64 with padding.
 * @throws KeysError `master-secret-invalid`; the message carries nothing of the file
 */
export function parseConstellationMasterSecret(text: string): MasterSecret {
  let secrets;
  try {
    const { key, salt } = JSON.parse(text) as Record<string, unknown>;
    if (typeof key !== 'string' || typeof salt !== 'string')
      throw new TypeError('key or salt is not a string');
    secrets = { masterSecret: fromBase64(key), salt: fromBase64(salt) };
  } catch {
    // No cause: a parser's message quotes what it could not read.
    throw new KeysError(
      'master-secret-invalid',
      'not a constellation-mastersecret.json: key and salt as base64',
    );
  }
  return requireMasterSecret(secrets);
}
