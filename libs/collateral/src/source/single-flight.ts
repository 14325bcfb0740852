/** One run at a time for a key: whoever comes meanwhile gets the same outcome. */
export class SingleFlight<Outcome> {
  readonly #flights = new Map<string, Promise<Outcome>>();

  run(key: string, start: () => Promise<Outcome>): Promise<Outcome> {
    const running = this.#flights.get(key);
    if (running !== undefined) return running;
    const flight = start().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  get size(): number {
    return this.#flights.size;
  }
}
