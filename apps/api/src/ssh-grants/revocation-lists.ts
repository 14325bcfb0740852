import { access, sshCertificates, sshRevokedKeys, type Database } from '@asterism/persistence';
import { parsePublicKey, writeRevocationList } from '@asterism/ssh';
import type { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';

/** A list as nodes get it, and the revision of access that it belongs to. */
export interface ClusterRevocationList {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

/** Serials stay this long after their certificate's end: a session of it may still be open. The longest grant. */
const KEPT_MS = 604_800_000;
const CACHED = 100;

/** Key revocation lists of clusters, made once a revision. */
export class RevocationLists {
  readonly #database: Database;
  readonly #authorities: SshAuthorities;
  readonly #lists = new Map<string, ClusterRevocationList>();

  constructor(database: Database, authorities: SshAuthorities) {
    this.#database = database;
    this.#authorities = authorities;
  }

  /** At least as new as the revision when it was asked for. @throws ProblemError `sealed`, `cluster-unknown` */
  async read(clusterId: string): Promise<ClusterRevocationList> {
    const { queries } = this.#database;
    // The authorities' row is made with them. The number is read first: what is newer than its number is newer only.
    const authorities = await this.#authorities.all(clusterId);
    const revision = (await access.find(queries, clusterId))?.revision ?? 0;
    const known = this.#lists.get(clusterId);
    if (known?.revision === revision) return known;
    const list = { revision, bytes: await this.#write(clusterId, revision, authorities) };
    this.#lists.delete(clusterId);
    if (this.#lists.size >= CACHED) this.#lists.delete(this.#lists.keys().next().value ?? '');
    this.#lists.set(clusterId, list);
    return list;
  }

  async #write(
    clusterId: string,
    revision: number,
    authorities: Awaited<ReturnType<SshAuthorities['all']>>,
  ): Promise<Uint8Array> {
    const { queries, clock } = this.#database;
    const now = clock();
    const since = new Date(now.getTime() - KEPT_MS);
    const revoked = await sshCertificates.listRevoked(queries, clusterId, since);
    const ofUsers = authorities.filter(({ kind }) => kind === 'user');
    return writeRevocationList({
      version: BigInt(revision),
      generatedAt: now,
      comment: `access revision ${revision}`,
      certificates: ofUsers.map(({ version, publicKey }) => ({
        authority: parsePublicKey(publicKey),
        serials: revoked.filter((each) => each.authorityVersion === version).map(({ serial }) => serial),
      })),
      fingerprints: [
        ...(await sshRevokedKeys.listFingerprints(queries, clusterId)),
        ...authorities
          .filter((each) => each.kind !== 'host' && each.revokedAt !== null)
          .map((each) => each.fingerprint),
      ],
    });
  }
}
