import { toHex } from '@asterism/bytes';
import {
  clusterIdOf,
  generateClusterSecrets,
  measurementSecretOf,
  unwrapClusterRoot,
  wrapClusterRoot,
  type AsterismKeys,
  type RandomSource,
} from '@asterism/keys';
import { clusters, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import type { Sealing } from './sealing.ts';

const CACHED = 1_000;

/** What a row of a new cluster holds. */
export interface NewClusterSecrets extends clusters.ClusterSecrets {
  /** Measured identity, hexadecimal. */
  readonly clusterId: string;
}

export interface OpenCluster {
  readonly root: AsterismKeys;
  readonly measurementSalt: Uint8Array;
}

/** Cluster roots, unwrapped by the API's KEK when they are needed and kept in memory, a bounded number. */
export class ClusterRoots {
  readonly #database: Database;
  readonly #sealing: Sealing;
  readonly #random: RandomSource;
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
      wrappedRoot: wrapClusterRoot(this.#sealing.kek, id, root, this.#random),
      salt,
      measurementSalt,
      clusterId: toHex(clusterIdOf({ secret, salt: measurementSalt })),
    };
  }

  /** @param id UUID of the cluster. @throws ProblemError `sealed`, `cluster-unknown` */
  async open(id: string): Promise<OpenCluster> {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const { kek } = this.#sealing;
    const secrets = await clusters.readSecrets(this.#database.queries, id);
    if (secrets === undefined) throw new ProblemError('cluster-unknown', 'no such cluster');
    const opened: OpenCluster = {
      root: { scheme: 'asterism', root: unwrapClusterRoot(kek, id, secrets.wrappedRoot), salt: secrets.salt },
      measurementSalt: secrets.measurementSalt,
    };
    if (this.#open.size >= CACHED) this.#open.delete(this.#open.keys().next().value ?? '');
    this.#open.set(id, opened);
    return opened;
  }

  /** After a cluster's deletion. */
  forget(id: string): void {
    this.#open.delete(id);
  }
}
