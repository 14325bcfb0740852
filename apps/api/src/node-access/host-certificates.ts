import type { HostCertificate, NodeState } from '@asterism/contracts';
import {
  access,
  audit,
  inTransaction,
  nodes,
  sshHostKeys,
  type Database,
  type Transaction,
} from '@asterism/persistence';
import {
  createHostCertificate,
  fingerprintOf,
  formatCertificate,
  formatPublicKey,
  parsePublicKey,
  SshError,
  type SshPublicKey,
} from '@asterism/ssh';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireActivePolicy, requireLocked, type MemberPeer } from '../node/peer.ts';
import type { SigningAuthority, SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';

export interface HostCertificatesDependencies {
  readonly database: Database;
  readonly authorities: SshAuthorities;
  readonly random: (length: number) => Uint8Array;
}

/** Of one node, whose certificates are in time: a machine has a few kinds, and new ones when it is made anew. */
const MOST_KEYS = 8;
const SKEW_MS = 300_000;
/** Refusals of one node that are kept in ten minutes: the audit trail is not one node's to fill. */
const RECORDED = 20;
const WINDOW_S = 600;

interface HostKey {
  readonly key: SshPublicKey;
  readonly fingerprint: string;
}

/** `POST /agent/v1/access/host-certificates`: names are the server's (S17), the key is the node's. */
export class HostCertificates {
  readonly #with: HostCertificatesDependencies;
  readonly #recorded = new RefusalBudget(RECORDED);

  constructor(dependencies: HostCertificatesDependencies) {
    this.#with = dependencies;
  }

  /**
   * The same certificate while it is young, of the authority that signs.
   * @throws ProblemError `node-not-locked`, `attestation-expired`, `ssh-public-key-invalid`, `ssh-host-key-taken`,
   * `rate-limited`, `ssh-authority-conflict`, `sealed`
   */
  async issue(peer: MemberPeer, line: string): Promise<HostCertificate> {
    requireLocked(peer);
    requireActivePolicy(peer);
    const { database, authorities } = this.#with;
    const { clusterId } = peer.attested.target;
    const key = readHostKey(line);
    const fingerprint = fingerprintOf(key);
    const authority = await authorities.signing(clusterId, 'host');
    const known = await sshHostKeys.find(database.queries, clusterId, fingerprint);
    if (known !== undefined && known.nodeId !== peer.member.id) return this.#refuse(peer, fingerprint);
    const isYoung = known?.authorityVersion === authority.version && known.renewAt > database.clock();
    if (known !== undefined && isYoung) return toHostCertificate(known);
    const made = await inTransaction(database, (tx) => this.#make(tx, peer, { key, fingerprint }, authority));
    return made === undefined ? this.#refuse(peer, fingerprint) : toHostCertificate(made);
  }

  /** @returns undefined where another node has had the key certified meanwhile */
  async #make(
    tx: Transaction,
    { member, attested }: MemberPeer,
    { key, fingerprint }: HostKey,
    authority: SigningAuthority,
  ): Promise<sshHostKeys.HostKeyRecord | undefined> {
    const { clusterId, clusterName } = attested.target;
    const { id: nodeId, name } = member;
    // In its row's lock: none is made after the commit that took the node's rights (S24).
    requireRights(await nodes.holdState(tx, clusterId, nodeId));
    const { policy } = await access.lock(tx, clusterId);
    await sshHostKeys.forgetExpired(tx, clusterId, nodeId);
    const serial = await access.takeSerial(tx, clusterId);
    const life = policy.hostCertificateSeconds * 1_000;
    const validAfter = new Date(tx.now.getTime() - SKEW_MS);
    const validBefore = new Date(tx.now.getTime() + life);
    const principals = [`${name}.${clusterName}`, name];
    const keyId = `asterism-host:${clusterName}:${name}`;
    const certificate = createHostCertificate(
      { key, serial: BigInt(serial), keyId, principals, validAfter, validBefore },
      { key: authority.key, random: this.#with.random },
    );
    const made: sshHostKeys.HostKeyRecord = {
      ...{ nodeId, fingerprint, publicKey: formatPublicKey({ ...key, comment: '' }), serial, validBefore },
      certificate: formatCertificate({ ...certificate, comment: '' }),
      authorityVersion: authority.version,
      renewAt: new Date(tx.now.getTime() + life / 2),
    };
    if (!(await sshHostKeys.put(tx, clusterId, made))) return undefined;
    if ((await sshHostKeys.countOfNode(tx.queries, clusterId, nodeId)) > MOST_KEYS) {
      const problem = `a node has ${MOST_KEYS} host keys at most`;
      throw new ProblemError('rate-limited', problem, { retryAfter: WINDOW_S });
    }
    const actor = `node:${nodeId}`;
    const details = { fingerprint, principals, serial, validBefore: validBefore.toISOString() };
    audit.append(tx, { clusterId, actor, action: 'ssh-host-key.certified', target: actor, details });
    return made;
  }

  /** A key that two machines have is nobody's proof. */
  async #refuse({ member, attested }: MemberPeer, fingerprint: string): Promise<never> {
    const { database } = this.#with;
    if (this.#recorded.spend(member.id, database.clock())) {
      const actor = `node:${member.id}`;
      await inTransaction(database, async (tx) => {
        audit.append(tx, {
          clusterId: attested.target.clusterId,
          ...{ actor, action: 'ssh-host-key.refused', target: actor },
          details: { fingerprint, code: 'ssh-host-key-taken' },
        });
      });
    }
    throw new ProblemError('ssh-host-key-taken', 'another node of this cluster has this host key');
  }
}

/** @throws ProblemError `node-revoked`, `node-quarantined` */
function requireRights(state: NodeState | undefined): void {
  if (state === undefined || state === 'revoked')
    throw new ProblemError('node-revoked', 'this node is revoked');
  if (state === 'quarantined') throw new ProblemError('node-quarantined', 'this node is quarantined');
}

function readHostKey(line: string): SshPublicKey {
  try {
    return parsePublicKey(line);
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause;
    throw new ProblemError('ssh-public-key-invalid', cause.message, { cause });
  }
}

function toHostCertificate(record: sshHostKeys.HostKeyRecord): HostCertificate {
  const { certificate, authorityVersion, validBefore, renewAt } = record;
  return {
    certificate,
    authorityVersion,
    validBefore: validBefore.toISOString(),
    renewAt: renewAt.toISOString(),
  };
}
