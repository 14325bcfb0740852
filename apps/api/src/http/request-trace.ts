import { toHex } from '@asterism/bytes';
import type { FastifyRequest } from 'fastify';

/** W3C Trace Context §3.2.2: version 00; a higher one starts the same. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

export interface RequestTrace {
  /** 32 hexadecimal digits: in problems, logs and spans. */
  readonly traceId: string;
  /** Span of the caller, where he sent one. */
  readonly parent: { readonly spanId: string; readonly sampled: boolean } | undefined;
}

const traces = new WeakMap<object, RequestTrace>();

/** Goes on with the caller's trace, or starts one. */
export function startTrace(request: FastifyRequest, random: (length: number) => Uint8Array): RequestTrace {
  const header = request.headers['traceparent'];
  const match = typeof header === 'string' ? TRACEPARENT.exec(header) : null;
  const [, traceId, spanId, flags] = match ?? [];
  const trace: RequestTrace =
    traceId === undefined || spanId === undefined || flags === undefined
      ? { traceId: toHex(random(16)), parent: undefined }
      : { traceId, parent: { spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 } };
  traces.set(request.raw, trace);
  return trace;
}

export function traceIdOf(request: FastifyRequest): string {
  return traces.get(request.raw)?.traceId ?? '0'.repeat(32);
}
