import { ShareCollector, type RecoverySetRecord } from '@asterism/keys/recovery';

/** Shares that were not enough are forgotten after so long. */
const KEPT_MS = 30 * 60_000;
/** Sets that are collected for at one time; the least recently begun makes room. */
const MAXIMUM = 64;

interface Collection {
  readonly collector: ShareCollector;
  /** Since its first share. */
  readonly expiresAt: Date;
}

/** Shares on their way to being enough: in this process's memory, for half an hour, and nowhere else. */
export class ShareCollections {
  readonly #clock: () => Date;
  readonly #open = new Map<string, Collection>();

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  of(record: RecoverySetRecord): ShareCollector {
    this.#expire();
    const known = this.#open.get(record.setId);
    if (known !== undefined) return known.collector;
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAXIMUM && oldest !== undefined) this.forget(oldest);
    const collector = new ShareCollector(record);
    this.#open.set(record.setId, { collector, expiresAt: new Date(this.#clock().getTime() + KEPT_MS) });
    return collector;
  }

  /** By set; only those that have a share. */
  list(): ReadonlyMap<string, readonly number[]> {
    this.#expire();
    const entries = [...this.#open].map(
      ([setId, { collector }]) => [setId, collector.progress.received] as const,
    );
    return new Map(entries.filter(([, received]) => received.length > 0));
  }

  /** When the first of them is forgotten. */
  get expiresAt(): Date | null {
    this.#expire();
    const times = [...this.#open.values()]
      .filter(({ collector }) => collector.progress.received.length > 0)
      .map(({ expiresAt }) => expiresAt.getTime());
    return times.length === 0 ? null : new Date(Math.min(...times));
  }

  forget(setId: string): void {
    this.#open.get(setId)?.collector.wipe();
    this.#open.delete(setId);
  }

  forgetAll(): void {
    for (const setId of [...this.#open.keys()]) this.forget(setId);
  }

  #expire(): void {
    const now = this.#clock();
    for (const [setId, { expiresAt }] of [...this.#open]) if (expiresAt <= now) this.forget(setId);
  }
}
