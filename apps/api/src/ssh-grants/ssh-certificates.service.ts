import { Injectable } from '@nestjs/common';
import type {
  Cluster,
  CreateSshCertificate,
  IssuedSshCertificate,
  RevokedSshKey,
  RevokeSshKey,
  SshCertificate,
} from '@asterism/contracts';
import {
  access,
  audit,
  sshAuthorities,
  sshCertificates,
  sshGrants,
  sshRevokedKeys,
  type PageQuery,
} from '@asterism/persistence';
import { formatCertificate } from '@asterism/ssh';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { certificateOfGrant } from './certificate-of-grant.ts';
import { endGrants, recordGrant } from './end-grants.ts';
import { requireStanding } from './require-standing.ts';
import { requireGrant } from './ssh-grants.service.ts';

/** Certificates of grants, and what is revoked before its time. */
@Injectable()
export class SshCertificatesService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, query: PageQuery & { readonly grant?: string | undefined }) {
    return sshCertificates.list(this.#platform.database.queries, cluster.id, query);
  }

  /** The certificate is in this answer alone: what is kept is what it says. */
  async issue(
    caller: Caller,
    cluster: Cluster,
    grantId: string,
    { seconds }: CreateSshCertificate,
  ): Promise<IssuedSshCertificate> {
    const { database, sshAuthorities, random } = this.#platform;
    const authority = await sshAuthorities.signing(cluster.id, 'user');
    const { actor } = caller.principal;
    return change(database, caller, async (tx) => {
      const { policy } = await access.lock(tx, cluster.id);
      const grant = requireGrant(await sshGrants.lock(tx, cluster.id, grantId));
      if (grant.state !== 'active' || Date.parse(grant.expiresAt) <= tx.now.getTime()) {
        const state = grant.state === 'active' ? 'expired' : grant.state;
        throw new ProblemError('ssh-grant-conflict', `no certificate of a grant that is ${state}`);
      }
      await requireStanding(tx, cluster.id, grant);
      const serial = await access.takeSerial(tx, cluster.id);
      const order = { grant, cluster: cluster.name, serial, seconds, policy, now: tx.now };
      const made = certificateOfGrant(order, authority, random);
      const { keyId, principals } = made;
      const { fingerprint, user } = grant;
      const kept = await sshCertificates.add(tx, cluster.id, {
        ...{ serial, grantId, userName: user, principals, keyId, fingerprint, issuedBy: actor },
        authorityVersion: authority.version,
        validAfter: new Date(Number(made.validAfter) * 1_000),
        validBefore: new Date(Number(made.validBefore) * 1_000),
      });
      recordGrant(tx, {
        ...{ clusterId: cluster.id, actor, id: grantId, action: 'ssh-certificate.issued' },
        details: { user, serial, principals: [...principals], fingerprint, validBefore: kept.validBefore },
      });
      return { ...kept, certificate: formatCertificate(made) };
    });
  }

  revoke(caller: Caller, cluster: Cluster, serial: number, reason: string): Promise<SshCertificate> {
    const { actor } = caller.principal;
    return change(this.#platform.database, caller, async (tx) => {
      await access.lock(tx, cluster.id);
      const { grantId, user } = requireCertificate(
        await sshCertificates.find(tx.queries, cluster.id, serial),
      );
      if (!(await sshCertificates.revoke(tx, cluster.id, serial, { by: actor, reason }))) {
        throw new ProblemError('ssh-grant-conflict', 'this certificate is revoked already');
      }
      recordGrant(tx, {
        ...{ clusterId: cluster.id, actor, id: grantId, action: 'ssh-certificate.revoked' },
        details: { user, serial, reason },
      });
      await access.bump(tx, cluster.id);
      return requireCertificate(await sshCertificates.find(tx.queries, cluster.id, serial));
    });
  }

  listRevokedKeys(cluster: Cluster, query: PageQuery) {
    return sshRevokedKeys.list(this.#platform.database.queries, cluster.id, query);
  }

  /** Whoever has the key is out, whether it is declared or not. */
  revokeKey(caller: Caller, cluster: Cluster, { fingerprint, reason }: RevokeSshKey): Promise<RevokedSshKey> {
    const { actor } = caller.principal;
    return change(this.#platform.database, caller, async (tx) => {
      await access.lock(tx, cluster.id);
      // Break glass is not for whoever may revoke keys to break.
      const authorities = await sshAuthorities.list(tx.queries, cluster.id);
      if (authorities.some((each) => each.fingerprint === fingerprint)) {
        throw new ProblemError('ssh-grant-conflict', 'this is an authority: it is revoked as one');
      }
      if (!(await sshRevokedKeys.add(tx, cluster.id, { fingerprint, reason, by: actor }))) {
        throw new ProblemError('ssh-grant-conflict', 'this key is revoked already');
      }
      const ended = await endGrants(tx, cluster.id, { fingerprint }, { actor, reason });
      audit.append(tx, {
        ...{ clusterId: cluster.id, actor, action: 'ssh-key.revoked', target: `ssh-key:${fingerprint}` },
        details: { reason, endedGrants: ended },
      });
      await access.bump(tx, cluster.id);
      return found(
        await sshRevokedKeys.find(tx.queries, cluster.id, fingerprint),
        'ssh-certificate-unknown',
        'no such key',
      );
    });
  }
}

function requireCertificate(certificate: SshCertificate | undefined): SshCertificate {
  return found(certificate, 'ssh-certificate-unknown', 'no certificate of this serial in this cluster');
}
