import { Injectable } from '@nestjs/common';
import type {
  AccessPolicy,
  Cluster,
  RevokeSshAuthority,
  SshAuthority,
  SshAuthorityKind,
} from '@asterism/contracts';
import { access, audit, events, sshAuthorities, type Transaction } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { signingOf, stateOf, toAuthority } from './authority-state.ts';

type AuthorityRecord = sshAuthorities.AuthorityRecord;

/** Seconds that a new version is trusted before it signs: nodes hear of it first. */
const LEAD_S = 60;

@Injectable()
export class SshAuthoritiesService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async list(cluster: Cluster): Promise<{ items: SshAuthority[] }> {
    const { sshAuthorities: authorities, clock } = this.#platform;
    const records = await authorities.all(cluster.id);
    const now = clock();
    return { items: records.map((each) => toAuthority(each, records, now)) };
  }

  async rotate(caller: Caller, cluster: Cluster, kind: SshAuthorityKind): Promise<SshAuthority> {
    const { database, sshAuthorities: authorities } = this.#platform;
    await authorities.all(cluster.id);
    return change(database, caller, async (tx) => {
      const { policy } = await access.lock(tx, cluster.id);
      const records = await sshAuthorities.list(tx.queries, cluster.id);
      if (records.some((each) => each.kind === kind && stateOf(each, records, tx.now) === 'coming')) {
        throw new ProblemError(
          'ssh-authority-conflict',
          'a version of this authority is about to sign already',
        );
      }
      const signsFrom = new Date(tx.now.getTime() + LEAD_S * 1_000);
      await sshAuthorities.endTrust(tx, cluster.id, kind, overlapEnd(kind, policy, signsFrom));
      return this.#add(tx, caller, cluster, { kind, signsFrom, policy, action: 'ssh-authority.rotated' });
    });
  }

  async revoke(
    caller: Caller,
    cluster: Cluster,
    { kind, version }: { kind: SshAuthorityKind; version: number },
    { confirm, reason }: RevokeSshAuthority,
  ): Promise<SshAuthority> {
    const { database, sshAuthorities: authorities } = this.#platform;
    await authorities.all(cluster.id);
    return change(database, caller, async (tx) => {
      const { policy } = await access.lock(tx, cluster.id);
      const records = await sshAuthorities.list(tx.queries, cluster.id);
      const record = found(
        records.find((each) => each.kind === kind && each.version === version),
        'ssh-authority-unknown',
        'no such authority in this cluster',
      );
      if (record.fingerprint !== confirm) {
        throw new ProblemError('confirmation-mismatch', 'the fingerprint is not that of this authority');
      }
      if (record.revokedAt !== null) {
        throw new ProblemError('ssh-authority-conflict', 'this authority is revoked already');
      }
      await sshAuthorities.revoke(tx, cluster.id, kind, version, reason);
      recordAuthority(tx, caller, cluster, record, { action: 'ssh-authority.revoked', reason });
      await this.#takeOver(tx, caller, cluster, kind, policy);
      await access.bump(tx, cluster.id);
      const after = await sshAuthorities.list(tx.queries, cluster.id);
      return toAuthority({ ...record, revokedAt: tx.now }, after, tx.now);
    });
  }

  /** Where nothing signs any more, what was to come does so at once, or a new version does. */
  async #takeOver(
    tx: Transaction,
    caller: Caller,
    cluster: Cluster,
    kind: SshAuthorityKind,
    policy: AccessPolicy,
  ): Promise<void> {
    const records = await sshAuthorities.list(tx.queries, cluster.id);
    const signing = signingOf(records, kind, tx.now);
    if (signing !== undefined && signing.trustedUntil === null) return;
    const coming = records.find((each) => each.kind === kind && stateOf(each, records, tx.now) === 'coming');
    if (coming !== undefined) await sshAuthorities.signNow(tx, cluster.id, kind, coming.version);
    else {
      await this.#add(tx, caller, cluster, {
        ...{ kind, signsFrom: tx.now, policy, action: 'ssh-authority.rotated' },
      });
    }
  }

  async #add(
    tx: Transaction,
    caller: Caller,
    cluster: Cluster,
    order: {
      readonly kind: SshAuthorityKind;
      readonly signsFrom: Date;
      readonly policy: AccessPolicy;
      readonly action: string;
    },
  ): Promise<SshAuthority> {
    const { kind, signsFrom, policy, action } = order;
    const before = await sshAuthorities.list(tx.queries, cluster.id);
    const version =
      1 + Math.max(0, ...before.filter((each) => each.kind === kind).map((each) => each.version));
    const { sshAuthorities: authorities } = this.#platform;
    const parts = await authorities.publicParts(cluster.id, kind, version, policy.authority);
    await sshAuthorities.add(tx, cluster.id, { kind, version, signsFrom, ...parts });
    await access.bump(tx, cluster.id);
    const records = await sshAuthorities.list(tx.queries, cluster.id);
    const added = found(
      records.find((each) => each.kind === kind && each.version === version),
      'ssh-authority-unknown',
      'no such authority in this cluster',
    );
    recordAuthority(tx, caller, cluster, added, { action });
    return toAuthority(added, records, tx.now);
  }
}

/** Certificates of the old version are good until the last of them is out of time. An emergency one is made anew. */
function overlapEnd(kind: SshAuthorityKind, policy: AccessPolicy, signsFrom: Date): Date {
  const seconds = {
    user: policy.certificateSeconds.longest,
    host: policy.hostCertificateSeconds,
    emergency: 0,
  };
  return new Date(signsFrom.getTime() + seconds[kind] * 1_000);
}

function recordAuthority(
  tx: Transaction,
  caller: Caller,
  cluster: Cluster,
  { kind, version, fingerprint }: AuthorityRecord,
  { action, reason }: { readonly action: string; readonly reason?: string },
): void {
  audit.append(tx, {
    clusterId: cluster.id,
    actor: caller.principal.actor,
    action,
    target: `ssh-authority:${kind}.${version}`,
    details: { kind, version, fingerprint, ...(reason === undefined ? {} : { reason }) },
  });
  events.append(tx, { type: 'access.authority', clusterId: cluster.id, data: { kind, version, action } });
}
