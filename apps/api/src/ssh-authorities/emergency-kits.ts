import { toBase64url } from '@asterism/bytes';
import type { Cluster, EmergencyKit } from '@asterism/contracts';
import { clusters, nodeAccess } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import { found } from '../http/require.ts';
import { Platform } from '../platform/platform.ts';
import { signingOf } from './authority-state.ts';
import { KnownHosts } from './known-hosts.ts';

/** What `asterism ssh-emergency` needs beside the shares; nothing of it is secret. */
@Injectable()
export class EmergencyKits {
  readonly #platform: Platform;
  readonly #knownHosts: KnownHosts;

  constructor(platform: Platform, knownHosts: KnownHosts) {
    this.#platform = platform;
    this.#knownHosts = knownHosts;
  }

  /** @throws ProblemError `sealed`, `cluster-unknown`; `ssh-authority-unknown` where every emergency authority is revoked */
  async read(cluster: Cluster): Promise<EmergencyKit> {
    const { database, clock, sshAuthorities } = this.#platform;
    const now = clock();
    const { version, algorithm, publicKey } = found(
      signingOf(await sshAuthorities.all(cluster.id), 'emergency', now),
      'ssh-authority-unknown',
      'this cluster has no emergency authority',
    );
    const secrets = found(
      await clusters.readSecrets(database.queries, cluster.id),
      'cluster-unknown',
      'no such cluster',
    );
    const { lines } = await this.#knownHosts.read(cluster);
    return {
      schema: 'asterism/emergency-kit/v1',
      cluster: { id: cluster.id, name: cluster.name, clusterId: cluster.clusterId },
      scheme: secrets.scheme,
      salt: toBase64url(secrets.salt),
      authority: { version, algorithm, publicKey },
      knownHosts: lines,
      nodes: await nodeAccess.listAddresses(database.queries, cluster.id),
      madeAt: now.toISOString(),
    };
  }
}
