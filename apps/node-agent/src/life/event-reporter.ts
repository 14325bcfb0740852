import { AttestedTlsError, ProblemError } from '@asterism/attested-tls';
import type { NodeEvent } from '@asterism/contracts';
import type { Logger } from '../logger.ts';

/** The API, as far as events are concerned. */
export interface EventSink {
  reportEvent(event: NodeEvent): Promise<void>;
}

export interface EventReporterOptions {
  /** Milliseconds between two reports of one type; what happens in between is in the next. */
  readonly interval: number;
  readonly log: Logger;
}

/**
 * Tells the API what happened to this node, once it can: the newest event of each type, until the API has taken it. A
 * disk with a thousand broken sectors makes one request a minute.
 */
export class EventReporter {
  readonly #options: EventReporterOptions;
  readonly #pending = new Map<NodeEvent['type'], NodeEvent>();
  /** Types that were reported a moment ago. */
  readonly #resting = new Map<NodeEvent['type'], NodeJS.Timeout>();
  /** Types whose last report did not get through: a new connection does not wait for their rest. */
  readonly #failed = new Set<NodeEvent['type']>();
  #sink: EventSink | null = null;

  constructor(options: EventReporterOptions) {
    this.#options = options;
  }

  /** The connection to report on; null while there is none. */
  connect(sink: EventSink | null): void {
    this.#sink = sink;
    for (const type of this.#pending.keys()) {
      if (this.#failed.delete(type)) this.#rested(type);
      void this.#send(type);
    }
  }

  report(event: NodeEvent): void {
    this.#options.log.error({ event }, 'something happened to this node');
    this.#pending.set(event.type, event);
    void this.#send(event.type);
  }

  async #send(type: NodeEvent['type']): Promise<void> {
    const event = this.#pending.get(type);
    if (event === undefined || this.#sink === null || this.#resting.has(type)) return;
    const rest = setTimeout(() => {
      this.#rested(type);
      void this.#send(type);
    }, this.#options.interval);
    this.#resting.set(type, rest.unref());
    try {
      await this.#sink.reportEvent(event);
      if (this.#pending.get(type) === event) this.#pending.delete(type);
    } catch (error) {
      this.#keepOrDrop(event, error);
    }
  }

  #rested(type: NodeEvent['type']): void {
    clearTimeout(this.#resting.get(type));
    this.#resting.delete(type);
  }

  /** What the API refuses it will refuse again; anything else is tried on the next connection or after the interval. */
  #keepOrDrop(event: NodeEvent, error: unknown): void {
    const { log } = this.#options;
    if (error instanceof ProblemError && error.status < 500 && error.status !== 429 && error.status !== 401) {
      log.warn({ code: error.code, event }, 'the API does not take an event');
      if (this.#pending.get(event.type) === event) this.#pending.delete(event.type);
      return;
    }
    if (!(error instanceof AttestedTlsError || error instanceof ProblemError)) {
      log.error({ err: error, event }, 'an event could not be reported');
    }
    this.#failed.add(event.type);
  }
}
