import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { readInput } from '../contract/input.ts';
import type { Platform } from '../platform/platform.ts';
import { ByteStream, writeByteStream } from './byte-stream.ts';
import { EventStream, writeEventStream } from './event-stream.ts';
import { JsonBytes, toJsonReply } from './json-bytes.ts';
import { operationOf } from './operation-table.ts';

/** Holds each request and answer to its declared operation: input is checked, `ETag` is set, streams are written. */
@Injectable()
export class ContractInterceptor implements NestInterceptor {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { options } = operationOf(request);
    readInput(request, options);
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        if (answer instanceof EventStream) return this.#stream(reply, answer);
        if (answer instanceof ByteStream) return writeByteStream(reply, answer, this.#platform.logger);
        if (answer instanceof JsonBytes) return toJsonReply(reply, answer);
        if (options.response.etag === true) reply.header('etag', `"${revisionOf(answer)}"`);
        if (options.response.mediaType === 'text/plain')
          reply.type('text/plain; version=0.0.4; charset=utf-8');
        return answer;
      }),
    );
  }

  async #stream(reply: FastifyReply, stream: EventStream): Promise<void> {
    const gauge = this.#platform.metrics.streams;
    gauge.inc({ kind: stream.kind });
    try {
      await writeEventStream(reply, stream, this.#platform.stopping);
    } finally {
      gauge.dec({ kind: stream.kind });
    }
  }
}

function revisionOf(answer: unknown): number {
  const { revision } = answer as { readonly revision?: unknown };
  if (typeof revision !== 'number') throw new Error('an answer with an ETag has no revision');
  return revision;
}
