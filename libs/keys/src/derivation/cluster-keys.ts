import { constellationId, deriveConstellationKey, type ConstellationKeys } from './constellation.ts';
import { derive, type ClusterRoot, type KeyName } from './derive.ts';

/** How a cluster's keys follow from its root. */
export const KEY_SCHEMES = ['asterism', 'constellation'] as const;
export type KeyScheme = (typeof KEY_SCHEMES)[number];

export interface AsterismKeys extends ClusterRoot {
  readonly scheme: 'asterism';
}

/** What all keys of one cluster are derived from. */
export type ClusterKeys = AsterismKeys | ConstellationKeys;

/**
 * A key of a cluster by its name, whatever the cluster's scheme.
 *
 * `asterism`: `derive` of protocol §5. `constellation`: the names that a Constellation cluster has keys for are derived as
 * there (`constellationId`), all others as under `asterism` from a root of their own, so that no name has the key of another.
 * @param length bytes, 16 to 64
 * @throws KeysError `derivation-invalid` as `derive`; `key-id-reserved` for a name that scheme `constellation` keeps away
 */
export function deriveClusterKey(keys: ClusterKeys, name: KeyName, length: number): Uint8Array {
  if (keys.scheme === 'asterism') return derive(keys, name, length);
  const id = constellationId(keys, name);
  return id === undefined ? derive(keys.own, name, length) : deriveConstellationKey(keys, id, length);
}

/** The scheme that this key is derived by: in a cluster of scheme `constellation`, only what Constellation knew is. */
export function schemeOf(keys: ClusterKeys, name: KeyName): KeyScheme {
  return keys.scheme === 'constellation' && constellationId(keys, name) !== undefined
    ? 'constellation'
    : 'asterism';
}
