import { toBase64url } from '@asterism/bytes';
import type { MemberKey, MemberKeyRequest } from '@asterism/contracts';
import { wipe } from '@asterism/keys';
import { audit, inTransaction, keys, PersistenceError, type Database } from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireActivePolicy, requireLocked, requireMember, type MemberPeer } from '../node/peer.ts';
import type { DataKeys, KeyedCluster } from './data-keys.ts';
import { recordKeyChange } from './key-records.ts';
import { withNewKey } from './with-new-key.ts';

export interface MemberKeysDependencies {
  readonly database: Database;
  readonly dataKeys: DataKeys;
}

/** Others may be faster; each time the records are read again and say something new. */
const ATTEMPTS = 4;
/** Keys that one node makes by asking, and refusals of one node that are recorded, in ten minutes. */
const MADE = 100;
const RECORDED = 20;
const WINDOW_S = 600;

/** `POST /agent/v1/keys`: keys of volumes and object stores, for members that own them. */
export class MemberKeys {
  readonly #with: MemberKeysDependencies;
  readonly #made = new RefusalBudget(MADE);
  readonly #recorded = new RefusalBudget(RECORDED);

  constructor(dependencies: MemberKeysDependencies) {
    this.#with = dependencies;
  }

  /**
   * @throws ProblemError `node-not-locked`, `attestation-expired`, `node-state-conflict` where the node is no member yet,
   * `key-not-owned`, `key-destroyed`, `key-unknown`, `key-id-reserved`, `kek-undecided`, `sealed`
   */
  async give(peer: MemberPeer, request: MemberKeyRequest): Promise<MemberKey> {
    requireLocked(peer);
    requireActivePolicy(peer);
    requireMember(peer);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const given = await this.#give(peer, request);
      if (given !== undefined) return given;
      await this.#make(peer, request);
    }
    throw new ProblemError('overloaded', 'this key is being changed', { retryAfter: 1 });
  }

  /** @returns undefined where the key is to be made first */
  async #give(peer: MemberPeer, { purpose, id, version }: MemberKeyRequest): Promise<MemberKey | undefined> {
    const { database, dataKeys } = this.#with;
    const cluster = clusterOf(peer);
    const asked = { purpose, id, version, owners: ownersOf(peer) };
    if (cluster.mode === 'external') {
      // Before it is counted: a key service that is away has given nothing.
      const found = await keys.look(database, cluster.id, asked);
      if (found === undefined || !mayHave(asked, found)) return this.#explain(peer, asked, found);
      const key = await dataKeys.read(cluster, { purpose, id, version: found.version });
      return this.#handOut(peer, { ...asked, version: found.version }, key);
    }
    return this.#handOut(peer, asked);
  }

  async #handOut(
    peer: MemberPeer,
    asked: keys.KeyRequest & Pick<MemberKeyRequest, 'purpose'>,
    known?: Uint8Array,
  ): Promise<MemberKey | undefined> {
    const { database, dataKeys } = this.#with;
    const cluster = clusterOf(peer);
    const { purpose, id } = asked;
    const handed = await keys.handOut(database, cluster.id, asked);
    if (handed === undefined) {
      if (known !== undefined) wipe(known);
      return this.#explain(peer, asked, await keys.look(database, cluster.id, asked));
    }
    const { version, state } = handed;
    const key = known ?? (await dataKeys.read(cluster, { purpose, id, version }));
    const text = toBase64url(key);
    wipe(key);
    return { purpose, id, version, key: text, current: state === 'active' };
  }

  /** Why a key was not handed out. @returns undefined where there is none yet, and the node may have it made */
  async #explain(
    peer: MemberPeer,
    asked: keys.KeyRequest,
    found: keys.FoundKey | undefined,
  ): Promise<undefined> {
    if (found === undefined) {
      if (asked.version === undefined) return undefined;
      throw new ProblemError('key-unknown', 'there is no such version of this key');
    }
    if (!asked.owners.includes(found.owner)) {
      await this.#recordRefusal(peer, asked, found);
      throw new ProblemError('key-not-owned', 'this key belongs to others of the cluster');
    }
    if (found.state === 'destroyed') {
      throw new ProblemError('key-destroyed', 'this key was destroyed: what it encrypted cannot be read');
    }
    // Made between the two looks.
    return undefined;
  }

  /** S17: whose it is follows from the pool of the node, not from what it asks. */
  async #make(peer: MemberPeer, { purpose, id, version }: MemberKeyRequest): Promise<void> {
    if (version !== undefined) return;
    const { database, dataKeys } = this.#with;
    const { member, attested } = peer;
    if (!this.#made.spend(member.id, database.clock())) {
      throw new ProblemError('rate-limited', 'this node has made too many keys', { retryAfter: WINDOW_S });
    }
    const cluster = clusterOf(peer);
    const name = { purpose, id, version: 1 } as const;
    const owner = `pool:${attested.target.poolId}`;
    try {
      await withNewKey(dataKeys, cluster, name, (write) =>
        inTransaction(database, async (tx) => {
          await keys.add(tx, cluster.id, { ...name, owner });
          await write(tx);
          recordKeyChange(tx, { clusterId: cluster.id, actor: `node:${member.id}` }, name, 'created', {
            owner,
          });
        }),
      );
    } catch (cause) {
      // A key service that is away, or a faster one: nothing was made.
      this.#made.giveBack(member.id);
      if (!(cause instanceof PersistenceError) || cause.code !== 'already-exists') throw cause;
    }
  }

  async #recordRefusal(
    { member, attested }: MemberPeer,
    { purpose, id }: keys.KeyRequest,
    { version, owner }: keys.FoundKey,
  ): Promise<void> {
    const { database } = this.#with;
    if (!this.#recorded.spend(member.id, database.clock())) return;
    await inTransaction(database, async (tx) => {
      audit.append(tx, {
        clusterId: attested.target.clusterId,
        actor: `node:${member.id}`,
        action: 'key.refused',
        target: `key:${purpose}/${id}/${version}`,
        details: { code: 'key-not-owned', owner },
      });
    });
  }
}

function clusterOf({ attested: { target } }: MemberPeer): KeyedCluster {
  return { id: target.clusterId, mode: target.keyMode };
}

function ownersOf({ member, attested }: MemberPeer): readonly string[] {
  return ['cluster', `pool:${attested.target.poolId}`, `node:${member.id}`];
}

function mayHave({ owners }: keys.KeyRequest, { owner, state }: keys.FoundKey): boolean {
  return state !== 'destroyed' && owners.includes(owner);
}
