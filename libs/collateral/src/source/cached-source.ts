import { joinCollateral, type CollateralNeed } from '@asterism/attestation';
import type { Clock } from '../clock.ts';
import { idOf, type Shelf } from '../cache/shelf.ts';
import { CollateralUndecidedError, isCollateralError } from '../errors.ts';
import type { CollateralItem, VendorRoots, VerifiedItem } from '../items/item.ts';
import { needKey, type NeedKey } from '../items/need-key.ts';
import { verifyItem } from '../items/verify-item.ts';
import type {
  CollateralSource,
  CollectedCollateral,
  CollectOptions,
  MissingCollateral,
} from './collateral-source.ts';
import { Failures } from './failures.ts';
import type { CollateralObserver } from './observer.ts';
import { SingleFlight } from './single-flight.ts';
import type { VendorDesk } from './vendor-desk.ts';

export interface CachedSourceOptions {
  readonly desk: VendorDesk;
  readonly shelf: Shelf;
  readonly roots: VendorRoots;
  readonly observer: CollateralObserver;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Most items that are on their way at once; one more is told that it is too many. */
const MOST_FLIGHTS = 256;

/**
 * Memory before stores before vendors. Each need has its own flight, which all who need it share, and which nobody's
 * patience but its own deadline ends: a slow source delays only what needs it (S10).
 */
export class CachedSource implements CollateralSource {
  readonly #options: CachedSourceOptions;
  readonly #flights = new SingleFlight<VerifiedItem>();
  readonly #failures: Failures;

  constructor(options: CachedSourceOptions) {
    this.#options = options;
    this.#failures = new Failures(options.random);
  }

  async collect(needs: readonly CollateralNeed[], options: CollectOptions): Promise<CollectedCollateral> {
    const patience = AbortSignal.any([
      AbortSignal.timeout(options.withinMilliseconds),
      ...(options.signal === undefined ? [] : [options.signal]),
    ]);
    const outcomes = await Promise.all(needs.map((need) => this.#attempt(need, patience)));
    const used = outcomes.filter((outcome) => 'item' in outcome);
    const missing = outcomes.filter((outcome) => 'error' in outcome);
    return { collateral: joinCollateral(used.map(({ collateral }) => collateral)), used, missing };
  }

  /**
   * Brings an item that is younger than the one in use: another process's from a store, or the vendor's. When that fails,
   * the one in use stays. @throws CollateralError
   */
  async refresh(need: CollateralNeed): Promise<VerifiedItem> {
    const key = needKey(need);
    return this.#flights.run(idOf(key), () => this.#renew(need, key));
  }

  /** Takes an item that came by another way. @throws CollateralError when it does not verify */
  async admit(item: CollateralItem): Promise<VerifiedItem> {
    const { roots, clock } = this.#options;
    const verified = await verifyItem(item, roots, clock.now());
    return this.#options.shelf.put(verified);
  }

  /** Another process has put another item into the stores. */
  forget(key: NeedKey): void {
    this.#options.shelf.drop(key);
  }

  async #attempt(need: CollateralNeed, patience: AbortSignal): Promise<VerifiedItem | MissingCollateral> {
    try {
      const key = needKey(need);
      return await withPatience(this.#item(need, key), key, patience);
    } catch (error) {
      if (isCollateralError(error)) return { need, error };
      throw error;
    }
  }

  /** @throws CollateralError */
  async #item(need: CollateralNeed, key: NeedKey): Promise<VerifiedItem> {
    const { shelf, clock, observer } = this.#options;
    const held = shelf.held(key, clock.now());
    if (held === undefined) return this.#flights.run(idOf(key), () => this.#find(need, key));
    observer.met(key, 'memory');
    return held;
  }

  async #find(need: CollateralNeed, key: NeedKey): Promise<VerifiedItem> {
    const { shelf, clock, observer } = this.#options;
    const stored = await shelf.stored(key, clock.now());
    if (stored === undefined) return this.#fetch(need, key);
    observer.met(key, 'store');
    return stored;
  }

  async #renew(need: CollateralNeed, key: NeedKey): Promise<VerifiedItem> {
    const { shelf, clock, observer } = this.#options;
    const before = shelf.held(key, clock.now());
    const stored = await shelf.stored(key, clock.now());
    if (before === undefined || stored === undefined || stored.item.fetchedAt <= before.item.fetchedAt) {
      return this.#fetch(need, key);
    }
    observer.met(key, 'store');
    return stored;
  }

  /** Never waits for its own flight: what one item is proved with is always of another kind. */
  async #fetch(need: CollateralNeed, key: NeedKey): Promise<VerifiedItem> {
    const { desk, shelf, clock, observer } = this.#options;
    const id = idOf(key);
    const known = this.#failures.current(id, clock.now());
    if (known !== undefined) throw known;
    try {
      if (this.#flights.size > MOST_FLIGHTS) {
        throw new CollateralUndecidedError('collateral-busy', 'too much collateral is on its way already', {
          want: MOST_FLIGHTS,
        });
      }
      const fetched = await desk.fetch(need, async (other) => (await this.#item(other, needKey(other))).item);
      observer.met(key, 'vendor');
      this.#failures.clear(id);
      const kept = await shelf.put(fetched);
      // A vendor that hands out what is older than ours is not asked again at once.
      if (kept !== fetched) this.#failures.record(id, older(key), clock.now());
      return kept;
    } catch (error) {
      if (!isCollateralError(error)) throw error;
      this.#failures.record(id, error, clock.now());
      observer.failed(key, error);
      throw error;
    }
  }
}

function older({ kind, key }: NeedKey): CollateralUndecidedError {
  return new CollateralUndecidedError(
    'collateral-unavailable',
    `${kind} ${key}: vendor has an older one`,
    {},
  );
}

/** The flight goes on for others; whoever has no patience left goes without. */
async function withPatience(
  flight: Promise<VerifiedItem>,
  { kind, key }: NeedKey,
  patience: AbortSignal,
): Promise<VerifiedItem> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const stop = (): void =>
    reject(
      new CollateralUndecidedError('collateral-timeout', `${kind} ${key} did not come in time`, {
        want: kind,
      }),
    );
  if (patience.aborted) stop();
  patience.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([flight, end]);
  } finally {
    patience.removeEventListener('abort', stop);
    flight.catch(() => undefined);
  }
}
