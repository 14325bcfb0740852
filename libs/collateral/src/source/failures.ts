import { VendorBusyError, type CollateralError } from '../errors.ts';

/** First and longest time without another attempt. A vendor that knows no such thing is asked rarely. */
const FIRST_MILLISECONDS = 1_000;
const MOST_MILLISECONDS = 300_000;
const UNKNOWN_MILLISECONDS = 600_000;
/** Most needs whose failures are remembered: their keys come from evidence of strangers. */
const MOST = 4096;

interface Failure {
  readonly error: CollateralError;
  readonly count: number;
  readonly retryAt: number;
}

/** Which needs failed, and when each may be tried again: later after every failure, or when its vendor says. */
export class Failures {
  readonly #failures = new Map<string, Failure>();
  readonly #random: () => number;

  /** @param random from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The last error, while it is too early for another attempt. */
  current(id: string, now: Date): CollateralError | undefined {
    const failure = this.#failures.get(id);
    return failure !== undefined && now.getTime() < failure.retryAt ? failure.error : undefined;
  }

  record(id: string, error: CollateralError, now: Date): void {
    const count = (this.#failures.get(id)?.count ?? 0) + 1;
    this.#failures.delete(id);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= MOST && oldest !== undefined) this.#failures.delete(oldest);
    const retryAt = Math.max(now.getTime() + this.#delay(error, count), retryAtOf(error));
    this.#failures.set(id, { error, count, retryAt });
  }

  clear(id: string): void {
    this.#failures.delete(id);
  }

  #delay(error: CollateralError, count: number): number {
    if (error.code === 'collateral-unknown') return UNKNOWN_MILLISECONDS;
    const most = Math.min(FIRST_MILLISECONDS * 2 ** (count - 1), MOST_MILLISECONDS);
    // Half of it by chance, so that replicas do not come back together.
    return most / 2 + (most / 2) * this.#random();
  }
}

function retryAtOf(error: CollateralError): number {
  return error instanceof VendorBusyError ? (error.retryAt?.getTime() ?? 0) : 0;
}
