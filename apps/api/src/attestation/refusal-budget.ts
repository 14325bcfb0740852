const WINDOW_MS = 600_000;
const PER_WINDOW = 100;

/**
 * How many refused machines of a pool are recorded, or how much one node may make others keep. Whoever reaches the listener
 * can make up TPMs without end; without a bound he would write the audit trail of a cluster that he has no part in.
 */
export class RefusalBudget {
  readonly #most: number;
  readonly #spenders = new Map<string, { since: number; spent: number }>();

  /** @param most in ten minutes */
  constructor(most = PER_WINDOW) {
    this.#most = most;
  }

  /** @returns false where this one has had its share for now */
  spend(who: string, now: Date, amount = 1): boolean {
    const time = now.getTime();
    const current = this.#spenders.get(who);
    const window =
      current === undefined || time - current.since >= WINDOW_MS ? { since: time, spent: 0 } : current;
    this.#spenders.set(who, window);
    if (window.spent + amount > this.#most) return false;
    window.spent += amount;
    return true;
  }

  /** After it was spent for something that came to nothing. */
  giveBack(who: string): void {
    const window = this.#spenders.get(who);
    if (window !== undefined && window.spent > 0) window.spent--;
  }
}
