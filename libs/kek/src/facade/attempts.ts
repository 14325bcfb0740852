import type { Clock } from '../dependencies.ts';
import { Bounded } from './bounded.ts';

/** An error that says whether another attempt can help. */
export interface RetryableError extends Error {
  readonly code: string;
  readonly retry: boolean;
  /** Seconds that the service asked to wait. */
  readonly retryAfter: number | undefined;
}

/** One attempt, for metrics and logs. */
export interface AttemptEvent {
  readonly operation: string;
  /** From 1. */
  readonly attempt: number;
  readonly outcome: 'ok' | (string & {});
  readonly milliseconds: number;
  /** Milliseconds until the next attempt; undefined where there is none. */
  readonly retryIn: number | undefined;
}

export interface AttemptOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for the jitter. */
  readonly random: () => number;
  /** Milliseconds that a call may take with all of its attempts. */
  readonly deadline: number;
  readonly attempts: number;
  /** Requests at a time; a call that waits for its next attempt counts for none. */
  readonly concurrency: number;
  readonly onEvent?: (event: AttemptEvent) => void;
}

/** What the errors of one port are made of. */
export interface AttemptErrors {
  /** Undefined for what the port does not throw. */
  readonly recognise: (error: unknown) => RetryableError | undefined;
  /** The deadline came first. */
  readonly late: (operation: string, milliseconds: number) => RetryableError;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** Attempts with doubling back-off and full jitter inside of one deadline. Nothing is held while a call waits. */
export class Attempts {
  readonly #options: AttemptOptions;
  readonly #errors: AttemptErrors;
  readonly #bounded: Bounded;

  constructor(options: AttemptOptions, errors: AttemptErrors) {
    this.#options = options;
    this.#errors = errors;
    this.#bounded = new Bounded(options.concurrency);
  }

  /** @throws the last error of the port; the caller's reason where his signal ended it */
  async run<Result>(
    operation: string,
    task: (signal: AbortSignal) => Promise<Result>,
    caller?: AbortSignal,
  ): Promise<Result> {
    const { clock, deadline } = this.#options;
    caller?.throwIfAborted();
    const ended = new AbortController();
    const late = this.#errors.late(operation, deadline);
    const timer = new AbortController();
    clock.sleep(deadline, timer.signal).then(
      () => ended.abort(late),
      () => undefined,
    );
    const leave = (): void => ended.abort(caller?.reason);
    caller?.addEventListener('abort', leave, { once: true });
    try {
      return await this.#attempt(operation, task, ended.signal);
    } finally {
      timer.abort();
      caller?.removeEventListener('abort', leave);
    }
  }

  async #attempt<Result>(
    operation: string,
    task: (signal: AbortSignal) => Promise<Result>,
    ended: AbortSignal,
  ): Promise<Result> {
    const { clock, attempts } = this.#options;
    const end = clock.now().getTime() + this.#options.deadline;
    for (let attempt = 1; ; attempt += 1) {
      const started = clock.now().getTime();
      try {
        const result = await this.#bounded.run(() => untilAborted(task(ended), ended), ended);
        this.#say({ operation, attempt, outcome: 'ok', started, retryIn: undefined });
        return result;
      } catch (error) {
        // Whatever a client makes of an aborted request, the reason is ours.
        const failure = this.#errors.recognise(ended.aborted ? ended.reason : error);
        const wait = failure && this.#wait(failure, attempt);
        const again = wait !== undefined && attempt < attempts && clock.now().getTime() + wait < end;
        const retryIn = again && !ended.aborted ? wait : undefined;
        this.#say({ operation, attempt, outcome: failure?.code ?? 'aborted', started, retryIn });
        if (retryIn === undefined) throw failure ?? (ended.aborted ? ended.reason : error);
        await clock.sleep(retryIn, ended);
      }
    }
  }

  /** Milliseconds until the next attempt; undefined where none can help. */
  #wait({ retry, retryAfter }: RetryableError, attempt: number): number | undefined {
    if (!retry) return undefined;
    const most = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
    // Half of it at least: a service that fails at once is not asked again at once.
    return Math.max((most / 2) * (1 + this.#options.random()), (retryAfter ?? 0) * 1000);
  }

  #say({ started, ...event }: Omit<AttemptEvent, 'milliseconds'> & { started: number }): void {
    const milliseconds = this.#options.clock.now().getTime() - started;
    this.#options.onEvent?.({ ...event, milliseconds });
  }
}

/** Ends with the signal, also where what is waited for does not listen to it; its late answer is dropped. */
async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    promise.catch(() => undefined);
  }
}
