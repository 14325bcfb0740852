import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** Labels: `listener`, `operation`, `status`. No id, name or address ever (S29). */
  readonly requests: Histogram<'listener' | 'operation' | 'status'>;
  readonly appraisals: Counter<'trigger' | 'outcome'>;
  readonly enrolments: Counter<'result'>;
  /** Open server-sent streams. */
  readonly streams: Gauge<'kind'>;
  /** By kind, and by where it came from or why it did not. */
  readonly collateral: Counter<'kind' | 'outcome'>;
  /** Seconds until the first item of a kind that is in use expires. */
  readonly collateralExpiry: Gauge<'kind'>;
  /** Attempts at KEK providers and mirrors, by their kind and by how they ended. */
  readonly kekCalls: Histogram<'kind' | 'operation' | 'outcome'>;
  /** Data keys that were asked for, by purpose and by what came of it. */
  readonly dataKeys: Counter<'purpose' | 'outcome'>;
  /** Wrapped keys that no mirror has yet, or still has. */
  readonly unmirrored: Gauge;
  /** Keys that were wrapped anew. */
  readonly rewrapped: Counter;
  /** Connections that were closed before any route ran. */
  readonly refusedConnections: Counter<'listener'>;
}

/** A registry of its own, so that several applications can live in one process (tests do). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'asterism_http_request_duration_seconds',
      help: 'time to answer a request',
      labelNames: ['listener', 'operation', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    appraisals: new Counter({
      name: 'asterism_appraisals_total',
      help: 'appraisals of evidence by what asked for them and what came of it',
      labelNames: ['trigger', 'outcome'],
      registers,
    }),
    enrolments: new Counter({
      name: 'asterism_enrolments_total',
      help: 'answers to enrolment requests',
      labelNames: ['result'],
      registers,
    }),
    streams: new Gauge({
      name: 'asterism_streams',
      help: 'open server-sent streams',
      labelNames: ['kind'],
      registers,
    }),
    collateral: new Counter({
      name: 'asterism_collateral_requests_total',
      help: 'collateral that was needed, by where it came from or why it did not come',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    collateralExpiry: new Gauge({
      name: 'asterism_collateral_expiry_seconds',
      help: 'time until the first item of a kind in use expires',
      labelNames: ['kind'],
      registers,
    }),
    kekCalls: new Histogram({
      name: 'asterism_kek_call_duration_seconds',
      help: 'time of one attempt at a KEK provider or a mirror of wrapped keys',
      labelNames: ['kind', 'operation', 'outcome'],
      buckets: [0.002, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    dataKeys: new Counter({
      name: 'asterism_data_keys_total',
      help: 'data keys that were asked for',
      labelNames: ['purpose', 'outcome'],
      registers,
    }),
    unmirrored: new Gauge({
      name: 'asterism_unmirrored_keys',
      help: 'wrapped keys that the mirrors have in another state than the database',
      registers,
    }),
    rewrapped: new Counter({
      name: 'asterism_rewrapped_keys_total',
      help: 'data keys that were wrapped anew',
      registers,
    }),
    refusedConnections: new Counter({
      name: 'asterism_refused_connections_total',
      help: 'TLS connections closed before any route ran',
      labelNames: ['listener'],
      registers,
    }),
  };
}
