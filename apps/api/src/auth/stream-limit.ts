import { ProblemError } from '../http/problem-error.ts';

/** A console in every tab of a browser needs a few; each one costs a look at the database every few seconds. */
const OPEN_AT_ONCE = 32;

/** Streams that one principal holds on this process. */
export class StreamLimit {
  readonly #open = new Map<string, number>();

  /** @returns called when the stream is over. @throws ProblemError `rate-limited` */
  enter(principal: string): () => void {
    const open = this.#open.get(principal) ?? 0;
    if (open >= OPEN_AT_ONCE) {
      throw new ProblemError('rate-limited', `at most ${OPEN_AT_ONCE} streams at once`, { retryAfter: 5 });
    }
    this.#open.set(principal, open + 1);
    return () => {
      const left = (this.#open.get(principal) ?? 1) - 1;
      if (left === 0) this.#open.delete(principal);
      else this.#open.set(principal, left);
    };
  }
}
