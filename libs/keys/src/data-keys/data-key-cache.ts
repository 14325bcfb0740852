import { wipe } from '../wipe.ts';

export interface DataKeyCacheOptions {
  readonly maxEntries: number;
  /** From the moment that the provider gave the key; never prolonged by use. */
  readonly maxAgeMilliseconds: number;
  /** Milliseconds that only go forward: `performance.now`, since the host sets the date. */
  readonly clock: () => number;
}

interface Entry {
  readonly key: Uint8Array;
  readonly expires: number;
}

interface Loading {
  readonly key: Promise<Uint8Array>;
  waiting: number;
}

/**
 * Unwrapped data keys of external mode, a bounded number for a bounded time. While a provider is away, what is here is
 * served until its bound and not a moment longer. Keys are wiped when they leave; callers have copies of their own.
 */
export class DataKeyCache {
  readonly #options: DataKeyCacheOptions;
  /** Oldest first: entries are never touched, so the order of insertion is the order of expiry. */
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Loading>();

  constructor(options: DataKeyCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * The key of that name, asked for once however many ask.
   * @param load unwraps it, into an array that it gives away; what it throws is thrown to all who wait, and not remembered
   * @returns a copy, the caller's to wipe
   */
  async get(name: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    this.sweep();
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry.key.slice();
    const loading = this.#loading.get(name) ?? this.#load(name, load);
    loading.waiting += 1;
    const key = await loading.key;
    const copy = key.slice();
    // Nobody joins a load that has ended, so the last to copy it wipes it.
    loading.waiting -= 1;
    if (loading.waiting === 0) wipe(key);
    return copy;
  }

  /** After a key was destroyed or wrapped anew: what is being loaded is not kept either. */
  delete(name: string): void {
    this.#loading.delete(name);
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    wipe(entry.key);
  }

  clear(): void {
    this.#loading.clear();
    for (const name of [...this.#entries.keys()]) this.delete(name);
  }

  /** Wipes what has expired; each `get` does. A timer of the caller's does it where nobody asks. */
  sweep(): void {
    const now = this.#options.clock();
    for (const [name, { expires }] of this.#entries) {
      if (expires > now) return;
      this.delete(name);
    }
  }

  #load(name: string, load: () => Promise<Uint8Array>): Loading {
    const isCurrent = () => this.#loading.get(name) === loading;
    const key = load().then(
      (loaded) => {
        if (isCurrent()) this.#keep(name, loaded.slice());
        return loaded;
      },
      (error: unknown) => {
        if (isCurrent()) this.#loading.delete(name);
        throw error;
      },
    );
    const loading: Loading = { key, waiting: 0 };
    this.#loading.set(name, loading);
    return loading;
  }

  #keep(name: string, key: Uint8Array): void {
    const { clock, maxAgeMilliseconds } = this.#options;
    this.#loading.delete(name);
    this.#entries.set(name, { key, expires: clock() + maxAgeMilliseconds });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.maxEntries) return;
      this.delete(oldest);
    }
  }
}
