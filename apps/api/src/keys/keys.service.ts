import { Injectable } from '@nestjs/common';
import type { Cluster, DataKeyPurpose, DeclareKey, DestroyKey, Key, KeyMetadata } from '@asterism/contracts';
import { dataKeys, keys, stateDisks, type Transaction } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { naming } from '../http/require.ts';
import { findNode } from '../nodes/nodes.service.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { findPool } from '../pools/pools.service.ts';
import type { DataKeyName } from './data-keys.ts';
import { readVersion, recordKeyChange, toKey, versionOf } from './key-records.ts';
import { withNewKey } from './with-new-key.ts';

export type KeysQuery = PageQuery & { readonly purpose?: KeyMetadata['purpose'] | undefined };

/** What operators do with keys of which they never see one. */
@Injectable()
export class KeysService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, { purpose, ...query }: KeysQuery) {
    return keys.list(this.#platform.database.queries, cluster.id, { purpose }, query);
  }

  async read(cluster: Cluster, key: keys.KeyId): Promise<Key> {
    return toKey(await keys.versions(this.#platform.database.queries, cluster.id, key));
  }

  async declare(caller: Caller, cluster: Cluster, request: DeclareKey): Promise<KeyMetadata> {
    const { database } = this.#platform;
    const { purpose, id } = request;
    const name = { purpose, id, version: 1 } as const;
    if ((await keys.versions(database.queries, cluster.id, name)).length > 0) {
      throw new ProblemError('key-exists', 'a key of this name exists');
    }
    return naming({ 'already-exists': 'key-exists' }, () =>
      this.#withNew(cluster, name, (write) =>
        change(database, caller, async (tx) => {
          const owner = await resolveOwner(tx, cluster, request.owner);
          await keys.add(tx, cluster.id, { ...name, owner });
          await write(tx);
          recordKeyChange(tx, by(caller, cluster), name, 'created', { owner });
          return readVersion(tx, cluster, name);
        }),
      ),
    );
  }

  /** Of a volume or an object store: at once. Of a state disk: wanted from now on, done at its machine's next boot. */
  async rotate(
    caller: Caller,
    cluster: Cluster,
    key: { readonly purpose: DataKeyPurpose; readonly id: string },
  ): Promise<KeyMetadata> {
    const { database } = this.#platform;
    const { versions } = await this.read(cluster, key);
    const before = versions[0]?.version ?? 0;
    const name = { ...key, version: before + 1 };
    return this.#withNew(cluster, name, (write) =>
      change(database, caller, async (tx) => {
        if (key.purpose === 'state-disk') await wantRotation(tx, cluster, name);
        const { owner, version } = toKey(await keys.lock(tx, cluster.id, key)).versions[0] as KeyMetadata;
        if (version !== before) throw new ProblemError('key-state-conflict', 'it was rotated meanwhile');
        await keys.add(tx, cluster.id, { ...name, owner });
        await write(tx);
        if (key.purpose !== 'state-disk') await keys.retireBefore(tx, cluster.id, name);
        recordKeyChange(tx, by(caller, cluster), name, 'rotated');
        return readVersion(tx, cluster, name);
      }),
    );
  }

  retire(caller: Caller, cluster: Cluster, name: DataKeyName): Promise<KeyMetadata> {
    return change(this.#platform.database, caller, async (tx) => {
      const { state } = versionOf(await keys.lock(tx, cluster.id, name), name.version);
      if (name.purpose === 'state-disk') {
        throw new ProblemError('key-state-conflict', 'the key of a state disk is retired by its rotation');
      }
      if (state !== 'active') throw new ProblemError('key-state-conflict', `this version is ${state}`);
      await keys.changeState(tx, cluster.id, name, { to: 'retired', from: ['active'] });
      recordKeyChange(tx, by(caller, cluster), name, 'retired');
      return readVersion(tx, cluster, name);
    });
  }

  async destroy(
    caller: Caller,
    cluster: Cluster,
    name: DataKeyName,
    { confirm, reason }: DestroyKey,
  ): Promise<KeyMetadata> {
    if (confirm !== name.id) {
      throw new ProblemError('confirmation-mismatch', '`confirm` is not the id of this key');
    }
    const gone: DataKeyName[] = [];
    const destroyed = await change(this.#platform.database, caller, async (tx) => {
      const pending = name.purpose === 'state-disk' ? await endRotation(tx, cluster, name) : undefined;
      const { state } = versionOf(await keys.lock(tx, cluster.id, name), name.version);
      if (state === 'destroyed') throw new ProblemError('key-state-conflict', 'this version is destroyed');
      gone.push(name);
      if (pending !== undefined) gone.push({ ...name, version: pending });
      for (const each of gone) {
        await keys.changeState(tx, cluster.id, each, { to: 'destroyed', from: ['active', 'retired'] });
        await dataKeys.destroy(tx, cluster.id, each);
        recordKeyChange(tx, by(caller, cluster), each, 'destroyed', { reason });
      }
      return readVersion(tx, cluster, name);
    });
    for (const each of gone) this.#platform.dataKeys.forget(cluster, each);
    return destroyed;
  }

  #withNew(
    { id, keys: { mode } }: Cluster,
    name: DataKeyName,
    work: (write: (tx: Transaction) => Promise<void>) => Promise<KeyMetadata>,
  ): Promise<KeyMetadata> {
    return withNewKey(this.#platform.dataKeys, { id, mode }, name, work);
  }
}

function by({ principal }: Caller, { id: clusterId }: Cluster) {
  return { clusterId, actor: principal.actor };
}

async function resolveOwner(tx: Transaction, cluster: Cluster, owner: DeclareKey['owner']): Promise<string> {
  if (owner.kind === 'cluster') return 'cluster';
  if (owner.kind === 'pool') return `pool:${(await findPool(tx.queries, cluster, owner.pool)).id}`;
  const { id, state } = await findNode(tx.queries, cluster, owner.node);
  if (state === 'revoked') throw new ProblemError('node-state-conflict', 'this node is revoked');
  return `node:${id}`;
}

/** @throws ProblemError `key-state-conflict` where a rotation makes no sense */
async function wantRotation(tx: Transaction, cluster: Cluster, { id, version }: DataKeyName): Promise<void> {
  const disk = await stateDisks.lock(tx, cluster.id, id);
  if (disk === undefined || disk.openedAt === null)
    throw new ProblemError('key-state-conflict', 'this disk was never opened');
  if (disk.nextKeyVersion !== null) {
    throw new ProblemError(
      'key-state-conflict',
      'a rotation is wanted already: its machine has not booted since',
    );
  }
  const current = versionOf(
    await keys.versions(tx.queries, cluster.id, { purpose: 'state-disk', id }),
    disk.keyVersion,
  );
  if (current.state === 'destroyed') {
    throw new ProblemError('key-state-conflict', 'the key of this disk was destroyed: nothing opens it');
  }
  await stateDisks.change(tx, cluster.id, id, { nextKeyVersion: version });
}

/**
 * What is destroyed with a version of a state disk's key: a boot may have added the wanted one to the disk already, so
 * the current one never goes without it.
 * @throws ProblemError `key-state-conflict` for the wanted version alone
 */
async function endRotation(
  tx: Transaction,
  cluster: Cluster,
  { id, version }: DataKeyName,
): Promise<number | undefined> {
  const disk = await stateDisks.lock(tx, cluster.id, id);
  const next = disk?.nextKeyVersion ?? undefined;
  if (disk === undefined || next === undefined) return undefined;
  if (version === next) {
    throw new ProblemError(
      'key-state-conflict',
      'a rotation to this version is wanted, and may be half done',
    );
  }
  if (version !== disk.keyVersion) return undefined;
  await stateDisks.change(tx, cluster.id, id, { nextKeyVersion: null });
  return next;
}
