import type { Cluster, Key, KeyMetadata } from '@asterism/contracts';
import { audit, events, keys, type Transaction } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';

export type KeyChange = 'created' | 'rotated' | 'retired' | 'destroyed' | 'restored';

/** The audit record and the event of a change to one version of a key. */
export function recordKeyChange(
  tx: Transaction,
  by: { readonly clusterId: string; readonly actor: string },
  { purpose, id, version }: keys.KeyName,
  what: KeyChange,
  details: Readonly<Record<string, string>> = {},
): void {
  const { clusterId, actor } = by;
  audit.append(tx, {
    clusterId,
    actor,
    action: `key.${what}`,
    target: `key:${purpose}/${id}/${version}`,
    details,
  });
  events.append(tx, { type: 'key.changed', clusterId, data: { purpose, id, version, change: what } });
}

/** @param versions the newest first. @throws ProblemError `key-unknown` where there are none */
export function toKey(versions: readonly KeyMetadata[]): Key {
  const [newest] = versions;
  if (newest === undefined) throw new ProblemError('key-unknown', 'no such key in this cluster');
  const { purpose, id, owner, state, version } = newest;
  return { purpose, id, owner, current: state === 'active' ? version : null, versions: [...versions] };
}

/** @throws ProblemError `key-unknown` */
export function versionOf(versions: readonly KeyMetadata[], version: number): KeyMetadata {
  const found = versions.find((each) => each.version === version);
  if (found === undefined) throw new ProblemError('key-unknown', 'no such version of a key in this cluster');
  return found;
}

/** As it is now. */
export async function readVersion(
  tx: Transaction,
  cluster: Pick<Cluster, 'id'>,
  name: keys.KeyName,
): Promise<KeyMetadata> {
  return versionOf(await keys.versions(tx.queries, cluster.id, name), name.version);
}
