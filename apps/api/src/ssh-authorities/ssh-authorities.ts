import { SSH_AUTHORITY_KINDS, type SshAuthorityAlgorithm, type SshAuthorityKind } from '@asterism/contracts';
import { sshAuthorityKey } from '@asterism/keys';
import { access, inTransaction, sshAuthorities, type Database, type Queries } from '@asterism/persistence';
import { fingerprintOf, formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import type { KeyObject } from 'node:crypto';
import { ProblemError } from '../http/problem-error.ts';
import type { ClusterRoots } from '../platform/cluster-roots.ts';
import { isTrusted, signingOf } from './authority-state.ts';

type AuthorityRecord = sshAuthorities.AuthorityRecord;

/** A key that signs now. */
export interface SigningAuthority {
  readonly version: number;
  /** Private. */
  readonly key: KeyObject;
}

/** Authorities of clusters: their keys are derived when they are needed, their public parts are in the database. */
export class SshAuthorities {
  readonly #database: Database;
  readonly #roots: ClusterRoots;

  constructor(database: Database, roots: ClusterRoots) {
    this.#database = database;
    this.#roots = roots;
  }

  /**
   * Every version of every kind; the first ones are made where there are none yet.
   * @throws ProblemError `sealed` where they have to be made and the root is not open; `cluster-unknown`
   */
  async all(clusterId: string, queries: Queries = this.#database.queries): Promise<AuthorityRecord[]> {
    const known = await sshAuthorities.list(queries, clusterId);
    const missing = SSH_AUTHORITY_KINDS.filter((kind) => !known.some((each) => each.kind === kind));
    if (missing.length === 0) return known;
    await this.#makeFirst(clusterId, missing);
    return sshAuthorities.list(queries, clusterId);
  }

  /** Those whose users' certificates nodes take now, emergency ones too. @throws as `all` */
  async trusted(clusterId: string, queries?: Queries): Promise<AuthorityRecord[]> {
    const now = this.#database.clock();
    const all = await this.all(clusterId, queries);
    return all.filter((each) => each.kind !== 'host' && isTrusted(each, now));
  }

  /** @throws ProblemError `sealed`, `cluster-unknown`; `ssh-authority-conflict` where every version is revoked */
  async signing(clusterId: string, kind: 'user' | 'host'): Promise<SigningAuthority> {
    const record = signingOf(await this.all(clusterId), kind, this.#database.clock());
    if (record === undefined) {
      throw new ProblemError('ssh-authority-conflict', `no ${kind} authority of this cluster signs`);
    }
    const { version, algorithm } = record;
    const { keys } = await this.#roots.open(clusterId);
    return { version, key: sshAuthorityKey(keys, kind, version, algorithm) };
  }

  /** What the row of a version is made of. @throws ProblemError `sealed`, `cluster-unknown` */
  async publicParts(
    clusterId: string,
    kind: SshAuthorityKind,
    version: number,
    algorithm: SshAuthorityAlgorithm,
  ): Promise<Pick<AuthorityRecord, 'publicKey' | 'fingerprint' | 'algorithm'>> {
    const { keys } = await this.#roots.open(clusterId);
    const key = toSshPublicKey(sshAuthorityKey(keys, kind, version, algorithm));
    return { algorithm, publicKey: formatPublicKey(key), fingerprint: fingerprintOf(key) };
  }

  async #makeFirst(clusterId: string, kinds: readonly SshAuthorityKind[]): Promise<void> {
    // Opened before the transaction: it reads from the database itself.
    await this.#roots.open(clusterId);
    await inTransaction(this.#database, async (tx) => {
      const { policy } = await access.lock(tx, clusterId);
      for (const kind of kinds) {
        const parts = await this.publicParts(clusterId, kind, 1, policy.authority);
        await sshAuthorities.add(tx, clusterId, { kind, version: 1, signsFrom: tx.now, ...parts });
      }
    });
  }
}
