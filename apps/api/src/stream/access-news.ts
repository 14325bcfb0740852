import type { OpenStream } from './open-stream.ts';

/** Milliseconds between two groups, how many groups there are at most, and how many streams in the smallest. */
const EVERY_MS = 100;
const GROUPS = 40;
const LEAST = 16;

/**
 * Tells the nodes of a cluster that access has changed. What a thousand of them ask then would fill the line of all that nodes
 * ask: they are told in groups, the last one after four seconds.
 */
export class AccessNews {
  readonly #streamsOf: (clusterId: string) => readonly OpenStream[];
  /** Of clusters whose nodes are being told. */
  readonly #latest = new Map<string, number>();

  /** @param streamsOf the open streams of a cluster's nodes */
  constructor(streamsOf: (clusterId: string) => readonly OpenStream[]) {
    this.#streamsOf = streamsOf;
  }

  tell(clusterId: string, revision: number): void {
    const isUnderWay = this.#latest.has(clusterId);
    this.#latest.set(clusterId, revision);
    if (!isUnderWay) void this.#tellAll(clusterId);
  }

  /** Again, where another change came while it went on. A stream that opens meanwhile begins with a read. */
  async #tellAll(clusterId: string): Promise<void> {
    let begunWith: number | undefined;
    while (begunWith !== this.#latest.get(clusterId)) {
      begunWith = this.#latest.get(clusterId);
      const streams = this.#streamsOf(clusterId);
      const group = Math.max(LEAST, Math.ceil(streams.length / GROUPS));
      for (let first = 0; first < streams.length; first += group) {
        if (first > 0) await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
        const revision = this.#latest.get(clusterId) ?? 0;
        for (const stream of streams.slice(first, first + group)) stream.send({ type: 'access', revision });
      }
    }
    this.#latest.delete(clusterId);
  }
}
