import type { Database } from '@asterism/persistence';
import { AMD_ROOTS } from '@asterism/snp';
import { INTEL_SGX_ROOTS } from '@asterism/tdx';
import { openApiCollateral } from '../collateral/open-collateral.ts';
import type { Configuration } from '../configuration.ts';
import { openDataKeys } from '../kek/open-data-keys.ts';
import type { KekServices } from '../kek/open-providers.ts';
import { ClusterRoots } from '../platform/cluster-roots.ts';
import { EventBus } from '../platform/event-bus.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { Platform } from '../platform/platform.ts';
import type { RequestTracer } from '../platform/request-tracer.ts';
import { ResultSigner } from '../platform/result-signer.ts';
import { Sealing } from '../platform/sealing.ts';
import type { Seals } from '../seal/seals.ts';
import { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';
import { VERSION } from '../version.ts';
import type { Closers } from './closers.ts';

export interface PlatformOptions {
  readonly configuration: Configuration;
  readonly database: Database;
  readonly seals: Seals;
  readonly kek: KekServices;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly random: (length: number) => Uint8Array;
  readonly tracer: RequestTracer | undefined;
  readonly stopping: AbortSignal;
}

/** Opens the KEK and everything that lives under it, or runs sealed. @throws KeysError as `Sealing.start` */
export async function makePlatform(options: PlatformOptions, closers: Closers): Promise<Platform> {
  const { database, seals, random, logger, metrics } = options;
  const resultSigner = await ResultSigner.load(database, random);
  const sealing = new Sealing({ database, seals, resultSigner, random, logger });
  await sealing.start();
  const collateral = openApiCollateral({
    configuration: options.configuration.collateral,
    database,
    roots: { amd: AMD_ROOTS, intel: INTEL_SGX_ROOTS },
    logger: options.logger,
    metrics,
    stopping: options.stopping,
  });
  closers.add('collateral', () => collateral.close());
  const eventBus = new EventBus();
  await eventBus.start(database);
  closers.add('events', () => eventBus.stop());
  const clusterRoots = new ClusterRoots(database, sealing, random);
  return new Platform({
    ...options,
    clock: database.clock,
    collateral,
    eventBus,
    sealing,
    clusterRoots,
    dataKeys: openDataKeys({ ...options, clusterRoots }),
    sshAuthorities: new SshAuthorities(database, clusterRoots),
    resultSigner,
    version: VERSION,
  });
}
