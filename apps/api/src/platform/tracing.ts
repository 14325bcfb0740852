import { toHex } from '@asterism/bytes';
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  AlwaysOnSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { RequestTrace } from '../http/request-trace.ts';
import type { RequestTracer } from './request-tracer.ts';

export interface TracingOptions {
  /** Of a collector that takes OTLP over HTTP. */
  readonly endpoint: string;
  readonly version: string;
  readonly random: (length: number) => Uint8Array;
}

/** One span a request, named by its operation; no address, body or header is in it (S29). */
export function openTracing({ endpoint, version, random }: TracingOptions): RequestTracer {
  // A span without a parent takes the trace id that the request's problem and log line have.
  let traceId = '';
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'asterism-api', 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => toHex(random(8)) },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: new URL('v1/traces', slashed(endpoint)).href }),
      }),
    ],
  });
  const tracer = provider.getTracer('asterism-api', version);
  const spans = new WeakMap<object, Span>();
  return {
    start: (request, operation, requestTrace) => {
      ({ traceId } = requestTrace);
      spans.set(request, tracer.startSpan(operation, { kind: SpanKind.SERVER }, parentOf(requestTrace)));
    },
    end: (request, status) => {
      const span = spans.get(request);
      span?.setAttribute('http.response.status_code', status);
      if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    },
    stop: () => provider.shutdown(),
  };
}

function parentOf({ traceId, parent }: RequestTrace): Context {
  const active = context.active();
  if (parent === undefined) return active;
  const traceFlags = parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(active, { traceId, spanId: parent.spanId, traceFlags, isRemote: true });
}

function slashed(endpoint: string): string {
  return endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
}
