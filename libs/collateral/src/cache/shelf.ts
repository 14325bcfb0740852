import { CodedError } from '@asterism/bytes';
import type { VendorRoots, VerifiedItem } from '../items/item.ts';
import { needKey, type NeedKey } from '../items/need-key.ts';
import { verifyItem } from '../items/verify-item.ts';
import type { CollateralStore } from './store.ts';

/** Most items in memory; a store has the others. A certificate of each chip is by far the most of them. */
const MOST = 4096;

export interface ShelfOptions {
  readonly roots: VendorRoots;
  /** The first that has an item is believed, and all are written. */
  readonly stores: readonly CollateralStore[];
  readonly storeFailed: (error: unknown) => void;
}

/**
 * Verified items in memory, in front of stores whose items are verified again when they are read. An item past its next
 * update does not exist (S15), and an older one never takes the place of a newer.
 */
export class Shelf {
  readonly #items = new Map<string, VerifiedItem>();
  readonly #options: ShelfOptions;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** From memory. */
  held(key: NeedKey, now: Date): VerifiedItem | undefined {
    const id = idOf(key);
    const item = this.#items.get(id);
    if (item === undefined) return undefined;
    this.#items.delete(id);
    if (now >= item.nextUpdate) return undefined;
    // Last in the map is last to go.
    this.#items.set(id, item);
    return item;
  }

  /** From a store, where another process may have put it. */
  async stored(key: NeedKey, now: Date): Promise<VerifiedItem | undefined> {
    for (const store of this.#options.stores) {
      const item = await this.#attempt(() => store.get(key));
      const verified = item && (await this.#verified(item, now));
      if (verified !== undefined) return this.#hold(key, verified);
    }
    return undefined;
  }

  /** @returns what is held from now on: the item, or a newer one that was there. */
  async put(item: VerifiedItem): Promise<VerifiedItem> {
    const key = needKey(item.item.need);
    const held = this.#hold(key, item);
    if (held === item)
      await Promise.all(this.#options.stores.map((store) => this.#attempt(() => store.put(item))));
    return held;
  }

  drop(key: NeedKey): void {
    this.#items.delete(idOf(key));
  }

  /** From memory: what is in use. */
  items(now: Date): readonly VerifiedItem[] {
    return [...this.#items.values()].filter(({ nextUpdate }) => now < nextUpdate);
  }

  #hold(key: NeedKey, item: VerifiedItem): VerifiedItem {
    const id = idOf(key);
    const before = this.#items.get(id);
    if (before !== undefined && before.thisUpdate > item.thisUpdate) return before;
    this.#items.delete(id);
    const [oldest] = this.#items.keys();
    if (this.#items.size >= MOST && oldest !== undefined) this.#items.delete(oldest);
    this.#items.set(id, item);
    return item;
  }

  async #verified(item: VerifiedItem['item'], now: Date): Promise<VerifiedItem | undefined> {
    try {
      return await verifyItem(item, this.#options.roots, now);
    } catch (error) {
      if (error instanceof CodedError) return undefined;
      throw error;
    }
  }

  /** A store that does not work must not keep evidence from being decided. */
  async #attempt<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.#options.storeFailed(error);
      return undefined;
    }
  }
}

export function idOf({ kind, key }: NeedKey): string {
  return `${kind} ${key}`;
}
