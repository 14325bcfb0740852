import { toBase64url } from '@asterism/bytes';
import type { AccessPolicy, NodeAccessState } from '@asterism/contracts';
import { access, accessUsers, type Database } from '@asterism/persistence';
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import type { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';
import type { RevocationLists } from '../ssh-grants/revocation-lists.ts';
import { accountsOfPool } from './accounts-of-pool.ts';

/** What all nodes of one pool are told. */
type PoolState = Pick<
  NodeAccessState,
  'revision' | 'authorities' | 'revocationList' | 'accounts' | 'sessions'
>;

interface Made {
  readonly revision: number;
  /** The end of somebody's time changes what is true without a revision. */
  readonly until: number;
  readonly state: PoolState;
  readonly policy: AccessPolicy;
}

export interface NodeAccessStatesDependencies {
  readonly database: Database;
  readonly authorities: SshAuthorities;
  readonly lists: RevocationLists;
}

const CACHED = 200;
/** An authority that comes or goes by its time is seen within so long. */
const LONGEST_CACHED_MS = 10_000;

/** What nodes enforce, made once a revision and pool, however many nodes ask. */
export class NodeAccessStates {
  readonly #with: NodeAccessStatesDependencies;
  readonly #made = new Map<string, Made>();
  readonly #making = new Map<string, Promise<Made>>();

  constructor(dependencies: NodeAccessStatesDependencies) {
    this.#with = dependencies;
  }

  /** @throws ProblemError `node-not-locked`; `sealed` where the authorities have to be made first */
  async read(peer: MemberPeer): Promise<NodeAccessState> {
    requireLocked(peer);
    const { member, attested } = peer;
    const { clusterId, clusterName, poolName } = attested.target;
    const { state, policy } = await this.#of(clusterId, poolName);
    const now = this.#with.database.clock();
    return {
      ...state,
      cluster: { id: clusterId, name: clusterName },
      node: { id: member.id, name: member.name },
      issuedAt: now.toISOString(),
      validUntil: new Date(now.getTime() + policy.offlineSeconds * 1_000).toISOString(),
      places: [`pool.${poolName}`, `node.${member.name}`],
    };
  }

  /** One of those who ask at once makes it for all. */
  async #of(clusterId: string, pool: string): Promise<Made> {
    const { database } = this.#with;
    const revision = (await access.find(database.queries, clusterId))?.revision ?? 0;
    const key = `${clusterId}/${pool}`;
    const known = this.#made.get(key);
    if (known?.revision === revision && known.until > database.clock().getTime()) return known;
    const flight = `${key}/${revision}`;
    const making =
      this.#making.get(flight) ??
      this.#make(clusterId, pool).finally(() => {
        this.#making.delete(flight);
      });
    this.#making.set(flight, making);
    const made = await making;
    this.#made.delete(key);
    if (this.#made.size >= CACHED) this.#made.delete(this.#made.keys().next().value ?? '');
    this.#made.set(key, made);
    return made;
  }

  /** The number is read first: what is in it may be newer than its number says, never older. */
  async #make(clusterId: string, pool: string): Promise<Made> {
    const { database, authorities, lists } = this.#with;
    const { queries } = database;
    const trusted = await authorities.trusted(clusterId);
    const { revision, policy } = await this.#require(clusterId);
    const now = database.clock();
    const users = await accessUsers.list(queries, clusterId);
    const { bytes } = await lists.read(clusterId);
    const ends = users.flatMap(({ expiresAt }) => (expiresAt === null ? [] : Date.parse(expiresAt)));
    const until = Math.min(now.getTime() + LONGEST_CACHED_MS, ...ends.filter((end) => end > now.getTime()));
    const state: PoolState = {
      revision,
      authorities: trusted.map(({ kind, version, publicKey, trustedUntil }) => ({
        kind: kind === 'emergency' ? 'emergency' : 'user',
        version,
        publicKey,
        trustedUntil: trustedUntil?.toISOString() ?? null,
      })),
      revocationList: toBase64url(bytes),
      accounts: accountsOfPool(users, pool, now),
      sessions: policy.sessions,
    };
    return { revision, until, state, policy };
  }

  async #require(clusterId: string): Promise<access.AccessRecord> {
    const record = await access.find(this.#with.database.queries, clusterId);
    if (record === undefined) throw new Error('the authorities were made without their row of access');
    return record;
  }
}
