/** A bounded number of things at once, and a bounded number that wait for their turn. */
export class Slots {
  readonly #limits: { readonly running: number; readonly waiting: number };
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#limits = limits;
  }

  /** @returns what gives the slot back; undefined at once where too many wait already */
  async enter(): Promise<(() => void) | undefined> {
    if (this.#running < this.#limits.running) {
      this.#running++;
      return this.#once();
    }
    if (this.#waiting.length >= this.#limits.waiting) return undefined;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#once();
  }

  #once(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      // The slot goes to the next in line without being free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    };
  }
}
