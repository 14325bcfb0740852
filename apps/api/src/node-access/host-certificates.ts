import type { HostCertificate } from '@asterism/contracts';
import { access, audit, inTransaction, sshHostKeys, type Database } from '@asterism/persistence';
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
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import type { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';

export interface HostCertificatesDependencies {
  readonly database: Database;
  readonly authorities: SshAuthorities;
  readonly random: (length: number) => Uint8Array;
}

const MOST_KEYS = 8;
const SKEW_MS = 300_000;
/** Refusals of one node that are kept in ten minutes: the audit trail is not one node's to fill. */
const KEPT = 20;

/** Certificates of nodes' host keys: names are the server's (S17), the key is the node's. */
export class HostCertificates {
  readonly #with: HostCertificatesDependencies;
  readonly #refusals = new RefusalBudget(KEPT);

  constructor(dependencies: HostCertificatesDependencies) {
    this.#with = dependencies;
  }

  /**
   * The same certificate while it is young, of the authority that signs.
   * @throws ProblemError `node-not-locked`, `ssh-public-key-invalid`, `ssh-host-key-taken`, `sealed`
   */
  async issue(peer: MemberPeer, line: string): Promise<HostCertificate> {
    requireLocked(peer);
    const { database, authorities } = this.#with;
    const { clusterId } = peer.attested.target;
    const key = readHostKey(line);
    const fingerprint = fingerprintOf(key);
    const authority = await authorities.signing(clusterId, 'host');
    const known = await sshHostKeys.find(database.queries, clusterId, fingerprint);
    if (known !== undefined && known.nodeId !== peer.member.id) await this.#refuse(peer, fingerprint);
    const young = known?.authorityVersion === authority.version && known.renewAt > database.clock();
    if (known !== undefined && young) return toHostCertificate(known);
    return this.#make(peer, { key, fingerprint }, authority, known === undefined);
  }

  async #make(
    peer: MemberPeer,
    { key, fingerprint }: { readonly key: SshPublicKey; readonly fingerprint: string },
    authority: Awaited<ReturnType<SshAuthorities['signing']>>,
    isNew: boolean,
  ): Promise<HostCertificate> {
    const { database, random } = this.#with;
    const { clusterId, clusterName } = peer.attested.target;
    const { id: nodeId, name } = peer.member;
    const record = await inTransaction(database, async (tx) => {
      const { policy } = await access.lock(tx, clusterId);
      if (isNew && (await sshHostKeys.countOfNode(tx.queries, clusterId, nodeId)) >= MOST_KEYS) {
        throw new ProblemError('ssh-host-key-taken', `a node has ${MOST_KEYS} host keys at most`);
      }
      const serial = await access.takeSerial(tx, clusterId);
      const life = policy.hostCertificateSeconds * 1_000;
      const validBefore = new Date(tx.now.getTime() + life);
      const principals = [`${name}.${clusterName}`, name];
      const certificate = createHostCertificate(
        {
          ...{ key, serial: BigInt(serial), keyId: `asterism-host:${clusterName}:${name}`, principals },
          ...{ validAfter: new Date(tx.now.getTime() - SKEW_MS), validBefore },
        },
        { key: authority.key, random },
      );
      const made: sshHostKeys.HostKeyRecord = {
        ...{ nodeId, fingerprint, publicKey: formatPublicKey({ ...key, comment: '' }), serial, validBefore },
        certificate: formatCertificate({ ...certificate, comment: '' }),
        authorityVersion: authority.version,
        renewAt: new Date(tx.now.getTime() + life / 2),
      };
      if (!(await sshHostKeys.put(tx, clusterId, made))) return undefined;
      if (isNew) {
        audit.append(tx, {
          ...{
            clusterId,
            actor: `node:${nodeId}`,
            action: 'ssh-host-key.certified',
            target: `node:${nodeId}`,
          },
          details: { fingerprint, principals, serial },
        });
      }
      return made;
    });
    return record === undefined ? this.#refuse(peer, fingerprint) : toHostCertificate(record);
  }

  /** A key that two machines have is nobody's proof. */
  async #refuse({ member, attested }: MemberPeer, fingerprint: string): Promise<never> {
    const { database } = this.#with;
    if (this.#refusals.spend(member.id, database.clock())) {
      await inTransaction(database, (tx) => {
        audit.append(tx, {
          clusterId: attested.target.clusterId,
          ...{ actor: `node:${member.id}`, action: 'ssh-host-key.refused', target: `node:${member.id}` },
          details: { fingerprint, reason: 'another node has it' },
        });
        return Promise.resolve();
      });
    }
    throw new ProblemError('ssh-host-key-taken', 'another node of this cluster has this host key');
  }
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
