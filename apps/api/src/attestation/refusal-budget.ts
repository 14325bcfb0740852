const WINDOW_MS = 600_000;
const PER_WINDOW = 100;

/**
 * How many refused machines of a pool are recorded. Whoever reaches the listener can make up TPMs without end; without a
 * bound he would write the audit trail of a cluster that he has no part in.
 */
export class RefusalBudget {
  readonly #pools = new Map<string, { since: number; spent: number }>();

  /** @returns false where the pool has had its share for now */
  spend(poolId: string, now: Date): boolean {
    const time = now.getTime();
    const current = this.#pools.get(poolId);
    const window =
      current === undefined || time - current.since >= WINDOW_MS ? { since: time, spent: 0 } : current;
    this.#pools.set(poolId, window);
    if (window.spent >= PER_WINDOW) return false;
    window.spent++;
    return true;
  }
}
