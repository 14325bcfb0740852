import { toBase64url, utf8 } from '@asterism/bytes';
import type { AccessPolicy, AccessUser, NodeAccessState } from '@asterism/contracts';
import { accountsOfPool } from './accounts-of-pool.ts';

/** What is in the state of every node of a cluster, as the database had it at one moment. */
export interface ClusterAccessParts extends Pick<NodeAccessState, 'revision' | 'cluster' | 'authorities'> {
  readonly policy: AccessPolicy;
  readonly users: readonly AccessUser[];
  readonly revocationList: Uint8Array;
  readonly now: Date;
}

/** An authority that comes or goes by its time is seen within so long. */
const LONGEST_MS = 10_000;

/**
 * Access of one cluster at one revision, in the bytes that its nodes get. What all of them get is written once, and what a
 * pool's get once a pool.
 */
export class ClusterAccess {
  readonly revision: number;
  readonly policy: AccessPolicy;
  /** Milliseconds since 1970: the end of somebody's time changes what is true without a revision. */
  readonly until: number;
  /** Of memory, about. */
  bytes: number;
  readonly #users: readonly AccessUser[];
  readonly #now: Date;
  readonly #ofCluster: Uint8Array;
  readonly #ofPools = new Map<string, Uint8Array>();

  constructor({ revision, cluster, authorities, policy, users, revocationList, now }: ClusterAccessParts) {
    this.revision = revision;
    this.policy = policy;
    const ends = users.flatMap(({ expiresAt }) => (expiresAt === null ? [] : Date.parse(expiresAt)));
    this.until = Math.min(now.getTime() + LONGEST_MS, ...ends.filter((end) => end > now.getTime()));
    this.#users = users;
    this.#now = now;
    const { sessions } = policy;
    this.#ofCluster = utf8(
      toMembers({ revision, cluster, authorities, sessions, revocationList: toBase64url(revocationList) }),
    );
    this.bytes = this.#ofCluster.length + JSON.stringify(users).length;
  }

  /** Pieces of a JSON object, to stand after a first one that begins it: they are the same for every node of the pool. */
  piecesFor(pool: string): readonly Uint8Array[] {
    return [COMMA, this.#ofCluster, COMMA, this.#accountsOf(pool), END];
  }

  #accountsOf(pool: string): Uint8Array {
    const known = this.#ofPools.get(pool);
    if (known !== undefined) return known;
    const accounts = utf8(toMembers({ accounts: accountsOfPool(this.#users, pool, this.#now) }));
    this.#ofPools.set(pool, accounts);
    this.bytes += accounts.length;
    return accounts;
  }
}

const COMMA = utf8(',');
const END = utf8('}');

/** The members of a JSON object without its braces. */
export function toMembers(object: Partial<NodeAccessState>): string {
  return JSON.stringify(object).slice(1, -1);
}
