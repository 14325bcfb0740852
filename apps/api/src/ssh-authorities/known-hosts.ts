import { toBase64url } from '@asterism/bytes';
import type { Cluster, SshKnownHosts } from '@asterism/contracts';
import { sshHostKeys } from '@asterism/persistence';
import { formatAuthorityLine, parsePublicKey, writeRevocationList } from '@asterism/ssh';
import { Injectable } from '@nestjs/common';
import { Platform } from '../platform/platform.ts';
import { isTrusted } from './authority-state.ts';

/** What a client knows hosts by: the host authorities, and what is not to be taken though they signed it (S24). */
@Injectable()
export class KnownHosts {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** @throws ProblemError `sealed` where the authorities have to be made first */
  async read(cluster: Cluster): Promise<SshKnownHosts> {
    const now = this.#platform.clock();
    const hosts = (await this.#platform.sshAuthorities.all(cluster.id)).filter(({ kind }) => kind === 'host');
    const ofRevokedNodes = await sshHostKeys.listOfRevokedNodes(this.#platform.database.queries, cluster.id);
    const revoked = hosts.filter(({ revokedAt }) => revokedAt !== null).map(({ fingerprint }) => fingerprint);
    const list = writeRevocationList({
      version: BigInt(now.getTime()),
      generatedAt: now,
      comment: `hosts of ${cluster.name}`,
      certificates: [],
      fingerprints: [...ofRevokedNodes, ...revoked],
    });
    return {
      lines: hosts
        .filter((each) => isTrusted(each, now))
        .map(({ publicKey }) => formatAuthorityLine(cluster.name, parsePublicKey(publicKey))),
      revokedHostKeys: toBase64url(list),
    };
  }
}
