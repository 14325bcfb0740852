import {
  AMD_KDS,
  amdKds,
  INTEL_PCS,
  INTEL_ROOT_CRL,
  intelPcs,
  openCollateral,
  SYSTEM_CLOCK,
  vendorDispatcher,
  type CollateralObserver,
  type CollateralSource,
  type NeedKey,
  type Vendor,
  type VendorRoots,
} from '@asterism/collateral';
import type { Database } from '@asterism/persistence';
import type { CollateralConfiguration } from '../configuration.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { DatabaseStore } from './database-store.ts';

/** Where collateral comes from for the whole process. */
export interface ApiCollateral {
  readonly source: CollateralSource;
  readonly roots: VendorRoots;
  /** Renews what is in use and due; what fails is logged, and tried again with the next round. */
  refresh(): Promise<void>;
  /** Another process has another item; the next who needs it reads the table. */
  forget(key: NeedKey): void;
  /** When the first item in use expires, of each kind. */
  expiries(): ReadonlyMap<string, Date>;
  close(): Promise<void>;
}

export interface ApiCollateralOptions {
  readonly configuration: CollateralConfiguration;
  readonly database: Database;
  readonly roots: VendorRoots;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'collateral'>;
  readonly stopping: AbortSignal;
}

/** Nothing is fetched until a node needs it: pools of machines that need none make no request. */
export function openApiCollateral(options: ApiCollateralOptions): ApiCollateral {
  const { configuration, database, roots } = options;
  const dispatcher = vendorDispatcher(configuration.proxy);
  const clock = { now: database.clock, sleep: SYSTEM_CLOCK.sleep };
  const { source, shelf, refresher } = openCollateral({
    vendors: vendorsOf(configuration),
    roots,
    stores: [new DatabaseStore(database)],
    dispatcher,
    observer: observe(options),
    clock,
    stopping: options.stopping,
  });
  return {
    source,
    roots,
    // Offline, what is due is the operator's to bring: the expiries tell.
    refresh: async () => (configuration.online ? refresher.round() : undefined),
    forget: (key) => source.forget(key),
    expiries: () => {
      const expiries = new Map<string, Date>();
      for (const { item, nextUpdate } of shelf.items(clock.now())) {
        const { kind } = item.need;
        const earliest = expiries.get(kind);
        if (earliest === undefined || nextUpdate < earliest) expiries.set(kind, nextUpdate);
      }
      return expiries;
    },
    close: () => dispatcher.destroy(),
  };
}

function vendorsOf({
  online,
  amdKds: kds,
  intelPcs: pcs,
  tcbUpdate,
}: CollateralConfiguration): readonly Vendor[] {
  if (!online) return [];
  // Intel's own service keeps the root's list in a file apart; a PCCS has it beside the rest.
  const rootCrl = pcs === undefined ? INTEL_ROOT_CRL : null;
  return [
    amdKds(kds === undefined ? AMD_KDS : new URL(kds)),
    intelPcs({ base: pcs === undefined ? INTEL_PCS : new URL(pcs), rootCrl, update: tcbUpdate }),
  ];
}

/** Keys name chips and platforms of tenants: they are logged, and in no metric (S29). */
function observe({ logger, metrics }: ApiCollateralOptions): CollateralObserver {
  return {
    met: ({ kind }, from) => metrics.collateral.inc({ kind, outcome: from }),
    failed: (need, error) => {
      metrics.collateral.inc({ kind: need.kind, outcome: error.code });
      logger.warn({ ...need, code: error.code, reason: error.message }, 'collateral cannot be had');
    },
    storeFailed: (error) => logger.warn({ err: error }, 'the collateral table cannot be used'),
  };
}
