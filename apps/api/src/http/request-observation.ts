import { callerOf } from '../auth/caller.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Platform } from '../platform/platform.ts';
import type { OperationTable } from './operation-table.ts';
import { startTrace, traceIdOf } from './request-trace.ts';

/** Nothing that we answer is a page, to be framed, guessed at or kept. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Trace id, headers, one log line and one measurement a request. No address, body or header is logged (S29). */
export function observeRequests(
  instance: FastifyInstance,
  listener: 'operator' | 'node',
  platform: Platform,
  operations: OperationTable,
): void {
  const { logger, metrics, random, tracer } = platform;
  instance.addHook('onRequest', async (request, reply) => {
    const trace = startTrace(request, random);
    void reply.headers(HEADERS).header('x-trace-id', trace.traceId);
    const operation = operations.find(request);
    tracer?.start(request.raw, operation?.options.id ?? 'unmatched', trace);
  });
  instance.addHook('onResponse', async (request, reply) => {
    const operation = nameOf(request, operations);
    const status = reply.raw.statusCode;
    metrics.requests.observe({ listener, operation, status: String(status) }, reply.elapsedTime / 1_000);
    tracer?.end(request.raw, status);
    const line = {
      traceId: traceIdOf(request),
      listener,
      operation,
      status,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      principal: callerOf(request)?.principal.actor,
    };
    if (operation === 'readLiveness' || operation === 'readReadiness') logger.debug(line, 'request');
    else logger.info(line, 'request');
  });
}

function nameOf(request: FastifyRequest, operations: OperationTable): string {
  return request.is404 ? 'unmatched' : (operations.find(request)?.options.id ?? 'page');
}
