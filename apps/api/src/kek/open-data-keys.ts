import { DataKeyCache } from '@asterism/keys';
import type { Database } from '@asterism/persistence';
import { DataKeys } from '../keys/data-keys.ts';
import type { ClusterRoots } from '../platform/cluster-roots.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { KekServices } from './open-providers.ts';
import { patientProvider } from './patient-provider.ts';

/** Longer than a grant lives, so that a boot that has its grant gets its key through a short fault of the provider. */
const KEPT_MS = 900_000;
const KEPT = 10_000;

export interface DataKeysOptions {
  readonly database: Database;
  readonly clusterRoots: ClusterRoots;
  readonly kek: KekServices;
  readonly random: (length: number) => Uint8Array;
  readonly metrics: Metrics;
  /** Milliseconds that only go forward. */
  readonly monotonic?: () => number;
}

export function openDataKeys(options: DataKeysOptions): DataKeys {
  const { database, clusterRoots, kek, random, metrics } = options;
  const monotonic = options.monotonic ?? (() => performance.now());
  return new DataKeys({
    database,
    clusterRoots,
    providers: new Map(
      [...kek.providers].map(([name, provider]) => [name, patientProvider(provider, monotonic)]),
    ),
    cache: new DataKeyCache({ maxEntries: KEPT, maxAgeMilliseconds: KEPT_MS, clock: monotonic }),
    random,
    metrics,
  });
}
