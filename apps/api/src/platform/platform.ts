import type { Database } from '@asterism/persistence';
import type { ApiCollateral } from '../collateral/open-collateral.ts';
import type { Configuration } from '../configuration.ts';
import type { KekServices } from '../kek/open-providers.ts';
import type { DataKeys } from '../keys/data-keys.ts';
import type { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';
import type { ClusterRoots } from './cluster-roots.ts';
import type { EventBus } from './event-bus.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { RequestTracer } from './request-tracer.ts';
import type { ResultSigner } from './result-signer.ts';
import type { Sealing } from './sealing.ts';

export interface PlatformParts {
  readonly configuration: Configuration;
  readonly database: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: RequestTracer | undefined;
  readonly eventBus: EventBus;
  readonly sealing: Sealing;
  readonly clusterRoots: ClusterRoots;
  readonly dataKeys: DataKeys;
  readonly sshAuthorities: SshAuthorities;
  readonly resultSigner: ResultSigner;
  readonly collateral: ApiCollateral;
  readonly kek: KekServices;
  readonly clock: () => Date;
  readonly random: (length: number) => Uint8Array;
  readonly version: string;
  /** Aborts when the process begins to stop: streams end, new work is refused with `shutting-down`. */
  readonly stopping: AbortSignal;
}

/** What both listeners share, made once before Nest. Its class is also its injection token. */
export class Platform {
  readonly configuration: Configuration;
  readonly database: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: RequestTracer | undefined;
  readonly eventBus: EventBus;
  readonly sealing: Sealing;
  readonly clusterRoots: ClusterRoots;
  readonly dataKeys: DataKeys;
  readonly sshAuthorities: SshAuthorities;
  readonly resultSigner: ResultSigner;
  readonly collateral: ApiCollateral;
  readonly kek: KekServices;
  readonly clock: () => Date;
  readonly random: (length: number) => Uint8Array;
  readonly version: string;
  readonly stopping: AbortSignal;

  constructor(parts: PlatformParts) {
    this.configuration = parts.configuration;
    this.database = parts.database;
    this.logger = parts.logger;
    this.metrics = parts.metrics;
    this.tracer = parts.tracer;
    this.eventBus = parts.eventBus;
    this.sealing = parts.sealing;
    this.clusterRoots = parts.clusterRoots;
    this.dataKeys = parts.dataKeys;
    this.sshAuthorities = parts.sshAuthorities;
    this.resultSigner = parts.resultSigner;
    this.collateral = parts.collateral;
    this.kek = parts.kek;
    this.clock = parts.clock;
    this.random = parts.random;
    this.version = parts.version;
    this.stopping = parts.stopping;
  }
}
