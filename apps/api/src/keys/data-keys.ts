import type { ClusterKeys as ClusterKeysSetting } from '@asterism/contracts';
import {
  createDataKey,
  dataKeyContext,
  deriveClusterKey,
  KeysError,
  wipe,
  type DataKeyCache,
  type KekProvider,
  type RandomSource,
} from '@asterism/keys';
import { dataKeys, type Database, type Transaction } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import { asKekProblem } from '../kek/kek-problem.ts';
import type { ClusterRoots } from '../platform/cluster-roots.ts';
import type { Metrics } from '../platform/metrics.ts';

export type DataKeyName = dataKeys.DataKeyName;

/** Of a cluster, what says where its data keys come from. */
export interface KeyedCluster {
  readonly id: string;
  readonly mode: ClusterKeysSetting['mode'];
}

/** A new key, ready to be written. */
export interface NewDataKey {
  /**
   * Writes it beside its row of `keys`. @returns false where another one was written first, or the cluster's provider has
   * changed since it was wrapped; the caller must roll back and begin anew
   */
  write(tx: Transaction): Promise<boolean>;
}

export interface DataKeysDependencies {
  readonly database: Database;
  readonly clusterRoots: ClusterRoots;
  readonly providers: ReadonlyMap<string, KekProvider>;
  readonly cache: DataKeyCache;
  readonly random: RandomSource;
  readonly metrics: Pick<Metrics, 'dataKeys'>;
}

const LENGTH = 32;
/** Somebody has to put it back from a mirror, or to configure the provider. */
const MENDED_BY_PEOPLE = 30;

/**
 * Keys of disks, volumes and object stores. In managed mode each is derived from the cluster's root; in external mode it is
 * random, stored under a provider's KEK and kept in memory for a bounded time. Whether somebody may have one is decided
 * before it is asked for here.
 */
export class DataKeys {
  readonly #with: DataKeysDependencies;

  constructor(dependencies: DataKeysDependencies) {
    this.#with = dependencies;
  }

  /**
   * A key that has its record. @returns a copy, the caller's to wipe
   * @throws ProblemError `kek-undecided`, `sealed`, `key-id-reserved`
   */
  async read(cluster: KeyedCluster, name: DataKeyName): Promise<Uint8Array> {
    if (cluster.mode === 'managed') return this.#derive(cluster, name);
    const { cache } = this.#with;
    let outcome = 'cached';
    try {
      return await cache.get(cacheName(cluster, name), () => {
        outcome = 'unwrapped';
        return asKekProblem(() => this.#unwrap(cluster, name));
      });
    } catch (cause) {
      outcome = cause instanceof ProblemError ? cause.code : 'internal';
      throw cause;
    } finally {
      this.#count(name, outcome);
    }
  }

  /** That the key can be had now. @throws ProblemError as `read` */
  async require(cluster: KeyedCluster, name: DataKeyName): Promise<void> {
    wipe(await this.read(cluster, name));
  }

  /**
   * Makes a key that nobody has, without writing anything. In external mode it asks the provider, so never inside of a
   * transaction.
   * @throws ProblemError `kek-undecided`, `sealed`, `key-id-reserved`, `cluster-unknown`
   */
  async create(cluster: KeyedCluster, name: DataKeyName): Promise<NewDataKey> {
    if (cluster.mode === 'managed') {
      wipe(await this.#derive(cluster, name));
      return { write: async () => true };
    }
    const { database, random } = this.#with;
    const wrapping = await dataKeys.findWrapping(database.queries, cluster.id);
    const provider = wrapping?.provider ?? undefined;
    if (provider === undefined) throw new ProblemError('cluster-unknown', 'the cluster was deleted');
    const key = createDataKey(random);
    try {
      const { kekVersion, ciphertext } = await asKekProblem(() =>
        this.#provider(provider).wrap(key, dataKeyContext(cluster.id, name)),
      );
      this.#count(name, 'created');
      return {
        write: async (tx) => {
          const now = await dataKeys.holdWrapping(tx, cluster.id);
          if (now?.provider !== provider) return false;
          return dataKeys.add(tx, cluster.id, name, { provider, kekVersion, wrapped: ciphertext });
        },
      };
    } finally {
      wipe(key);
    }
  }

  /** After its destruction. */
  forget(cluster: { readonly id: string }, name: DataKeyName): void {
    this.#with.cache.delete(cacheName(cluster, name));
  }

  /** Wipes what has outlived its bound. */
  sweep(): void {
    this.#with.cache.sweep();
  }

  async #derive({ id }: KeyedCluster, name: DataKeyName): Promise<Uint8Array> {
    const { keys } = await this.#with.clusterRoots.open(id);
    try {
      const key = deriveClusterKey(keys, name, LENGTH);
      this.#count(name, 'derived');
      return key;
    } catch (cause) {
      if (!(cause instanceof KeysError)) throw cause;
      throw new ProblemError('key-id-reserved', cause.message, { cause });
    }
  }

  async #unwrap({ id }: KeyedCluster, name: DataKeyName): Promise<Uint8Array> {
    const stored = await dataKeys.find(this.#with.database, id, name);
    if (stored === undefined) {
      throw new ProblemError(
        'kek-undecided',
        'the wrapped key is not in the database: restore it from a mirror',
        {
          retryAfter: MENDED_BY_PEOPLE,
        },
      );
    }
    const { kekVersion, wrapped } = stored;
    const key = await this.#provider(stored.provider).unwrap(
      { kekVersion, ciphertext: wrapped },
      dataKeyContext(id, name),
    );
    if (key.length === LENGTH) return key;
    wipe(key);
    throw new Error(`the provider gave a key of ${key.length} bytes`);
  }

  #provider(name: string): KekProvider {
    const provider = this.#with.providers.get(name);
    if (provider !== undefined) return provider;
    throw new ProblemError('kek-undecided', 'the provider of this key is not configured on this API', {
      retryAfter: MENDED_BY_PEOPLE,
    });
  }

  #count({ purpose }: DataKeyName, outcome: string): void {
    this.#with.metrics.dataKeys.inc({ purpose, outcome });
  }
}

function cacheName({ id: cluster }: { readonly id: string }, { purpose, id, version }: DataKeyName): string {
  return `${cluster}/${purpose}/${id}/${version}`;
}
