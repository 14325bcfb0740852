import { fromBase64, toHex } from '@asterism/bytes';
import type { createClusterKeysSchema } from '@asterism/contracts';
import {
  clusterIdOf,
  generateClusterSecrets,
  importConstellation,
  KeysError,
  measurementSecretOf,
  opensClusterRoot,
  unwrapClusterRoot,
  wrapClusterRoot,
  wipe,
  type ClusterKeys,
  type RandomSource,
} from '@asterism/keys';
import { clusters, keys, type Database } from '@asterism/persistence';
import type { z } from 'zod';
import { ProblemError } from '../http/problem-error.ts';
import type { Sealing } from './sealing.ts';

const CACHED = 1_000;
const PAGE = 500;
/** Somebody has to bring shares. */
const RETRY_AFTER = 60;

/** What a row of a new cluster holds. */
export interface NewClusterSecrets extends clusters.ClusterSecrets {
  /** Measured identity, hexadecimal. */
  readonly clusterId: string;
}

/** What a Constellation cluster leaves behind. */
export type ConstellationImport = NonNullable<
  Extract<z.output<typeof createClusterKeysSchema>, { mode: 'managed' }>['constellation']
>;

export interface OpenCluster {
  readonly keys: ClusterKeys;
  readonly measurementSalt: Uint8Array;
}

/** Cluster roots, unwrapped by the API's KEK when they are needed and kept in memory, a bounded number. */
export class ClusterRoots {
  readonly #database: Database;
  readonly #sealing: Sealing;
  readonly #random: RandomSource;
  /** The KEK that opened what is kept: under another, or none, it is not used. */
  #under: Uint8Array | undefined;
  readonly #open = new Map<string, OpenCluster>();

  constructor(database: Database, sealing: Sealing, random: RandomSource) {
    this.#database = database;
    this.#sealing = sealing;
    this.#random = random;
  }

  /** @throws ProblemError `sealed` */
  create(id: string): NewClusterSecrets {
    const { root, salt, measurementSalt } = generateClusterSecrets(this.#random);
    const secret = measurementSecretOf({ scheme: 'asterism', root, salt });
    return {
      wrappedRoot: this.wrap(id, root),
      salt,
      measurementSalt,
      clusterId: toHex(clusterIdOf({ secret, salt: measurementSalt })),
    };
  }

  /** The master secret takes the place of a root. @throws ProblemError `sealed`, `master-secret-invalid` */
  import(id: string, { masterSecret, salt, measurementSalt }: ConstellationImport): NewClusterSecrets {
    const secrets = {
      masterSecret: fromBase64(masterSecret),
      salt: fromBase64(salt),
      measurementSalt: fromBase64(measurementSalt),
    };
    try {
      const { clusterId } = importConstellation(secrets);
      return {
        wrappedRoot: this.wrap(id, secrets.masterSecret),
        salt: secrets.salt,
        measurementSalt: secrets.measurementSalt,
        clusterId: toHex(clusterId),
      };
    } catch (cause) {
      if (!(cause instanceof KeysError)) throw cause;
      throw new ProblemError('master-secret-invalid', cause.message, { cause });
    } finally {
      wipe(secrets.masterSecret);
    }
  }

  /** @throws ProblemError `sealed` */
  wrap(id: string, root: Uint8Array): Uint8Array {
    return wrapClusterRoot(this.#sealing.kek, id, root, this.#random);
  }

  /**
   * @param id UUID of the cluster
   * @throws ProblemError `sealed`, also where the root was wrapped under a KEK that is lost; `cluster-unknown`
   */
  async open(id: string): Promise<OpenCluster> {
    const { kek } = this.#sealing;
    if (this.#under !== kek) {
      this.#open.clear();
      this.#under = kek;
    }
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const opened = await this.#unwrap(kek, id);
    if (this.#open.size >= CACHED) this.#open.delete(this.#open.keys().next().value ?? '');
    this.#open.set(id, opened);
    return opened;
  }

  async #unwrap(kek: Uint8Array, id: string): Promise<OpenCluster> {
    const { queries } = this.#database;
    const secrets = await clusters.readSecrets(queries, id);
    if (secrets === undefined) throw new ProblemError('cluster-unknown', 'no such cluster');
    const { scheme, salt, measurementSalt, wrappedRoot } = secrets;
    const root = unwrapRoot(kek, id, wrappedRoot);
    if (scheme === 'asterism') return { keys: { scheme, root, salt }, measurementSalt };
    const importedVolumes = await keys.listImported(queries, id);
    const imported = importConstellation({ masterSecret: root, salt, measurementSalt, importedVolumes });
    return { keys: imported.keys, measurementSalt };
  }

  /** The root itself, the caller's to wipe. @throws ProblemError `sealed`, `cluster-unknown` */
  async readRoot(id: string): Promise<Uint8Array> {
    const { kek } = this.#sealing;
    const secrets = await clusters.readSecrets(this.#database.queries, id);
    if (secrets === undefined) throw new ProblemError('cluster-unknown', 'no such cluster');
    return unwrapRoot(kek, id, secrets.wrappedRoot);
  }

  /** @throws ProblemError `sealed` where the KEK is, `cluster-unknown` */
  async isOpen(id: string): Promise<boolean> {
    const { kek } = this.#sealing;
    const secrets = await clusters.readSecrets(this.#database.queries, id);
    if (secrets === undefined) throw new ProblemError('cluster-unknown', 'no such cluster');
    return opensClusterRoot(kek, id, secrets.wrappedRoot);
  }

  /** Clusters whose root does not open under the KEK. Reads every cluster's. @throws ProblemError `sealed` */
  async closed(): Promise<{ id: string; name: string }[]> {
    const { kek } = this.#sealing;
    const closed: { id: string; name: string }[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await clusters.readWrappedRoots(this.#database.queries, after, PAGE);
      for (const { id, name, wrappedRoot } of page) {
        if (!opensClusterRoot(kek, id, wrappedRoot)) closed.push({ id, name });
        after = id;
      }
      if (page.length < PAGE) return closed;
    }
  }

  /** Whether this is the root that gives the cluster its measured identity. */
  async isRootOf(id: string, root: Uint8Array): Promise<boolean> {
    const { queries } = this.#database;
    const cluster = await clusters.find(queries, id);
    const secrets = await clusters.readSecrets(queries, id);
    if (cluster === undefined || secrets === undefined) return false;
    const { salt, measurementSalt } = secrets;
    const identity =
      cluster.keys.scheme === 'constellation'
        ? importConstellation({ masterSecret: root, salt, measurementSalt }).clusterId
        : clusterIdOf({
            secret: measurementSecretOf({ scheme: 'asterism', root, salt }),
            salt: measurementSalt,
          });
    return toHex(identity) === cluster.clusterId;
  }

  /** After a cluster's deletion. */
  forget(id: string): void {
    this.#open.delete(id);
  }
}

function unwrapRoot(kek: Uint8Array, id: string, wrapped: Uint8Array): Uint8Array {
  try {
    return unwrapClusterRoot(kek, id, wrapped);
  } catch (cause) {
    if (!(cause instanceof KeysError)) throw cause;
    throw new ProblemError('sealed', 'the root of this cluster does not open: it needs its recovery shares', {
      retryAfter: RETRY_AFTER,
      cause,
    });
  }
}
