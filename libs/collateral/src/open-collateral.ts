import type { Dispatcher } from 'undici';
import { Shelf } from './cache/shelf.ts';
import type { CollateralStore } from './cache/store.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { Rate } from './http/host-limit.ts';
import type { VendorRoots } from './items/item.ts';
import { CachedSource } from './source/cached-source.ts';
import type { CollateralObserver } from './source/observer.ts';
import { Refresher } from './source/refresher.ts';
import { VendorDesk } from './source/vendor-desk.ts';
import type { Vendor } from './vendors/vendor.ts';

export interface CollateralOptions {
  /** Whom to ask; nobody, where collateral is imported only. */
  readonly vendors: readonly Vendor[];
  readonly roots: VendorRoots;
  readonly stores: readonly CollateralStore[];
  readonly dispatcher: Dispatcher;
  readonly observer: CollateralObserver;
  readonly clock?: Clock | undefined;
  /** From 0 to 1. */
  readonly random?: (() => number) | undefined;
  readonly rate?: Rate | undefined;
  readonly deadlineMilliseconds?: number | undefined;
  readonly stopping?: AbortSignal | undefined;
}

/** AMD's service answers 429 to more than a few requests a second. */
const RATE: Rate = { burst: 10, perSecond: 2, mostWaiting: 128 };
const DEADLINE_MILLISECONDS = 30_000;

export interface OpenCollateral {
  readonly source: CachedSource;
  readonly shelf: Shelf;
  readonly refresher: Refresher;
}

/** A source with its cache and its refresher. Nothing runs until something is asked for, or a round of the refresher. */
export function openCollateral(options: CollateralOptions): OpenCollateral {
  const { vendors, roots, dispatcher, stores, observer, stopping } = options;
  const { clock = SYSTEM_CLOCK, random = Math.random, rate = RATE } = options;
  const deadlineMilliseconds = options.deadlineMilliseconds ?? DEADLINE_MILLISECONDS;
  const desk = new VendorDesk({ vendors, roots, dispatcher, rate, deadlineMilliseconds, clock, stopping });
  const shelf = new Shelf({ roots, stores, storeFailed: (error) => observer.storeFailed(error) });
  const source = new CachedSource({ desk, shelf, roots, observer, clock, random });
  return { source, shelf, refresher: new Refresher({ source, shelf, clock, random }) };
}
