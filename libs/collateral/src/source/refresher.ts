import type { CollateralKind } from '@asterism/attestation';
import { idOf, type Shelf } from '../cache/shelf.ts';
import type { Clock } from '../clock.ts';
import type { VerifiedItem } from '../items/item.ts';
import { needKey } from '../items/need-key.ts';
import type { CachedSource } from './cached-source.ts';

const HOUR = 3_600_000;

/**
 * When an item is asked for anew at the latest. Lists and documents change before their next update, and what they say
 * then should be known here within hours; certificates only when a vendor issues them anew.
 */
const MOST_AGE: Readonly<Record<CollateralKind, number>> = {
  'amd-chain': 7 * 24 * HOUR,
  'amd-vcek': 90 * 24 * HOUR,
  'amd-crl': 12 * HOUR,
  'intel-tcb-info': 12 * HOUR,
  'intel-qe-identity': 12 * HOUR,
  'intel-pck-crl': 12 * HOUR,
  'intel-root-crl': 24 * HOUR,
};
/** Part of an item's life after which it is renewed, however young it is. */
const LATE = 0.8;
/** Part of the wait that chance takes off, so that replicas do not ask together. */
const JITTER = 0.2;

export interface RefresherOptions {
  readonly source: Pick<CachedSource, 'refresh'>;
  readonly shelf: Shelf;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Renews what is in use before it expires: a vendor's hour of outage is then nobody's. */
export class Refresher {
  readonly #options: RefresherOptions;
  /** Content and when it is due; drawn once a content. */
  readonly #due = new Map<
    string,
    { readonly contentSha256: string; readonly fetchedAt: Date; readonly at: number }
  >();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /** Everything that is due, at once: the source bounds and spaces what goes out. Failures are the source's to tell. */
  async round(): Promise<void> {
    const { shelf, clock, source } = this.#options;
    const items = shelf.items(clock.now());
    const due = items.filter((item) => this.#dueAt(item) <= clock.now().getTime());
    this.#forget(items);
    await Promise.allSettled(due.map(({ item }) => source.refresh(item.need)));
  }

  #dueAt(item: VerifiedItem): number {
    const id = idOf(needKey(item.item.need));
    const known = this.#due.get(id);
    const { fetchedAt } = item.item;
    if (known?.contentSha256 === item.contentSha256 && known.fetchedAt === fetchedAt) return known.at;
    // A bundle may say that it was fetched tomorrow, which must not put off what is due.
    const from = Math.min(fetchedAt.getTime(), this.#options.clock.now().getTime());
    const life = (item.nextUpdate.getTime() - from) * LATE;
    const wait = Math.min(life, MOST_AGE[item.item.need.kind]) * (1 - JITTER * this.#options.random());
    const at = from + wait;
    this.#due.set(id, { contentSha256: item.contentSha256, fetchedAt, at });
    return at;
  }

  #forget(items: readonly VerifiedItem[]): void {
    const ids = new Set(items.map(({ item }) => idOf(needKey(item.need))));
    for (const id of this.#due.keys()) if (!ids.has(id)) this.#due.delete(id);
  }
}
