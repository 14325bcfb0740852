import { utf8 } from '@asterism/bytes';
import { access, accessUsers, inSnapshot, sshAuthorities, type Database } from '@asterism/persistence';
import { JsonBytes } from '../http/json-bytes.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import { isTrusted } from '../ssh-authorities/authority-state.ts';
import type { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';
import { revocationListFor } from '../ssh-grants/revocation-lists.ts';
import { ClusterAccess, toMembers } from './cluster-access.ts';
import { placesOf } from './places.ts';

export interface NodeAccessStatesDependencies {
  readonly database: Database;
  readonly authorities: SshAuthorities;
}

type Cluster = ConstructorParameters<typeof ClusterAccess>[0]['cluster'];

/** Of what is kept for nodes that come later; what is being sent is held besides, once a revision. */
const KEPT_BYTES = 64 * 1_048_576;

/** `GET /agent/v1/access`: what nodes enforce, made once a revision, however many of them ask. */
export class NodeAccessStates {
  readonly #with: NodeAccessStatesDependencies;
  /** By cluster; what was used last comes last. */
  readonly #made = new Map<string, ClusterAccess>();
  readonly #making = new Map<string, Promise<ClusterAccess>>();

  constructor(dependencies: NodeAccessStatesDependencies) {
    this.#with = dependencies;
  }

  /** @throws ProblemError `node-not-locked`; `sealed` where the authorities have to be made first */
  async read(peer: MemberPeer): Promise<JsonBytes> {
    requireLocked(peer);
    const { member, attested } = peer;
    const { clusterId: id, clusterName: name, poolName } = attested.target;
    const made = await this.#of({ id, name });
    const now = this.#with.database.clock();
    const own = toMembers({
      node: { id: member.id, name: member.name },
      places: [...placesOf(poolName, member.name)],
      issuedAt: now.toISOString(),
      validUntil: new Date(now.getTime() + made.policy.offlineSeconds * 1_000).toISOString(),
    });
    const pieces = made.piecesFor(poolName);
    this.#keep(id, made);
    return new JsonBytes([utf8(`{${own}`), ...pieces]);
  }

  /** One of those who ask at once makes it for all. */
  async #of(cluster: Cluster): Promise<ClusterAccess> {
    const { database } = this.#with;
    const revision = (await access.find(database.queries, cluster.id))?.revision ?? 0;
    const known = this.#made.get(cluster.id);
    if (known?.revision === revision && known.until > database.clock().getTime()) return known;
    // One that began before this revision was committed may not have it.
    const flight = `${cluster.id}/${revision}`;
    const making =
      this.#making.get(flight) ?? this.#make(cluster).finally(() => void this.#making.delete(flight));
    this.#making.set(flight, making);
    return making;
  }

  /** Number and content are of one moment: none is ever newer than the other. */
  async #make(cluster: Cluster): Promise<ClusterAccess> {
    const { database, authorities } = this.#with;
    // They are made where there are none, which a snapshot would not see.
    await authorities.all(cluster.id);
    return inSnapshot(database, async (queries) => {
      const now = database.clock();
      const record = await access.find(queries, cluster.id);
      if (record === undefined) throw new Error('the authorities were made without their row of access');
      const { revision, policy } = record;
      const versions = await sshAuthorities.list(queries, cluster.id);
      const revocationList = await revocationListFor(queries, cluster.id, {
        ...{ revision, authorities: versions, now },
      });
      const users = await accessUsers.list(queries, cluster.id);
      const trusted = versions.filter((each) => each.kind !== 'host' && isTrusted(each, now));
      return new ClusterAccess({
        ...{ revision, cluster, authorities: trusted.map(toAuthority), policy, users, revocationList, now },
      });
    });
  }

  #keep(clusterId: string, made: ClusterAccess): void {
    this.#made.delete(clusterId);
    this.#made.set(clusterId, made);
    let bytes = [...this.#made.values()].reduce((sum, each) => sum + each.bytes, 0);
    for (const [id, each] of this.#made) {
      if (bytes <= KEPT_BYTES || id === clusterId) break;
      this.#made.delete(id);
      bytes -= each.bytes;
    }
  }
}

function toAuthority({ kind, version, publicKey, trustedUntil }: sshAuthorities.AuthorityRecord) {
  const until = trustedUntil?.toISOString() ?? null;
  return { kind: kind === 'emergency' ? kind : 'user', version, publicKey, trustedUntil: until } as const;
}
