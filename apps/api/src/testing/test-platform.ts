import type { VendorRoots } from '@asterism/collateral';
import type { Seal } from '@asterism/keys';
import type { Database } from '@asterism/persistence';
import { randomBytes } from 'node:crypto';
import { openApiCollateral } from '../collateral/open-collateral.ts';
import { readConfiguration } from '../configuration.ts';
import { openDataKeys } from '../kek/open-data-keys.ts';
import type { KekServices } from '../kek/open-providers.ts';
import { ClusterRoots } from '../platform/cluster-roots.ts';
import { EventBus } from '../platform/event-bus.ts';
import { createLogger } from '../platform/logger.ts';
import { createMetrics } from '../platform/metrics.ts';
import { Platform } from '../platform/platform.ts';
import { ResultSigner } from '../platform/result-signer.ts';
import { Sealing } from '../platform/sealing.ts';
import type { Seals } from '../seal/seals.ts';
import { SshAuthorities } from '../ssh-authorities/ssh-authorities.ts';

/** Roots in place of the vendors' own, and whom to ask; nobody unless said. */
interface TestVendors {
  readonly roots?: Partial<VendorRoots>;
  readonly base?: URL;
}

/** Seals nothing: for tests that are not about seals. */
const OPEN_SEAL: Seal = {
  kind: 'key-file',
  seal: async (sealed) => ({ sealed: sealed.slice(), description: { kind: 'key-file' } }),
  unseal: async (sealed) => new Uint8Array(sealed),
};
const OPEN_SEALS: Seals = {
  configured: 'key-file',
  sealing: async () => OPEN_SEAL,
  opening: async () => [OPEN_SEAL],
};

export interface TestPlatformOptions extends TestVendors {
  /** For tests that are about seals. */
  readonly seals?: Seals;
  /** Providers and mirrors; none unless said. */
  readonly kek?: Partial<KekServices>;
  /** Milliseconds by which cached keys age. */
  readonly monotonic?: () => number;
}

export interface TestPlatform {
  readonly platform: Platform;
  /** JSON lines of its log. */
  readonly logged: string[];
  /** Begins to stop, as a signal to the process does. */
  stop(): Promise<void>;
}

/** What a listener's application needs, over a database of a test. */
export async function createTestPlatform(
  database: Database,
  options: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const stopping = new AbortController();
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line) => void logged.push(line) });
  const resultSigner = await ResultSigner.load(database, random);
  const sealing = new Sealing({ database, seals: options.seals ?? OPEN_SEALS, resultSigner, random, logger });
  await sealing.start();
  const eventBus = new EventBus();
  await eventBus.start(database);
  const metrics = createMetrics();
  const configuration = readConfiguration({
    ASTERISM_DATA: '/nowhere',
    ASTERISM_TLS_CERTIFICATE: '/nowhere/tls.pem',
    ASTERISM_TLS_KEY: '/nowhere/tls.key',
    ASTERISM_IDENTITY_KEY: '/nowhere/identity.pem',
    ASTERISM_SEAL: 'key-file:/nowhere/seal',
    ASTERISM_COLLATERAL: options.base === undefined ? 'offline' : 'online',
    ASTERISM_AMD_KDS: options.base?.href,
    ASTERISM_INTEL_PCS: options.base?.href,
  });
  const roots = { amd: [], intel: [], ...options.roots };
  const collateral = openApiCollateral({
    configuration: configuration.collateral,
    database,
    roots,
    logger,
    metrics,
    stopping: stopping.signal,
  });
  const kek = { providers: new Map(), mirrors: new Map(), ...options.kek };
  const clusterRoots = new ClusterRoots(database, sealing, random);
  const platform = new Platform({
    configuration,
    collateral,
    kek,
    database,
    logger,
    metrics,
    tracer: undefined,
    eventBus,
    sealing,
    clusterRoots,
    dataKeys: openDataKeys({ ...options, database, clusterRoots, kek, random, metrics }),
    sshAuthorities: new SshAuthorities(database, clusterRoots),
    resultSigner,
    clock: database.clock,
    random,
    version: '0.1.0',
    stopping: stopping.signal,
  });
  return {
    platform,
    logged,
    stop: async () => {
      stopping.abort();
      await eventBus.stop();
      await collateral.close();
    },
  };
}
