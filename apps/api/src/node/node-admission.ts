import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { finalize, from, mergeMap, type Observable } from 'rxjs';
import { operationOf } from '../http/operation-table.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Slots } from './slots.ts';

/** Seconds: spread, so that a thousand machines that come at once do not come back at once. */
const RETRY_AFTER = { least: 1, spread: 5 } as const;

/**
 * S36: a bounded number of requests at work and a bounded number in line; the rest are told to come back. A slot is taken
 * when the body is there and fits its contract, so that nobody holds one by being slow. Streams take none.
 */
export class NodeAdmission implements NestInterceptor {
  readonly #slots: Slots;
  readonly #random: (length: number) => Uint8Array;

  constructor(slots: Slots, random: (length: number) => Uint8Array) {
    this.#slots = slots;
    this.#random = random;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { options } = operationOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (options.response.mediaType === 'text/event-stream') return next.handle();
    return from(this.#slots.enter()).pipe(
      mergeMap((leave) => {
        if (leave === undefined) throw overloaded(this.#random);
        return next.handle().pipe(finalize(leave));
      }),
    );
  }
}

function overloaded(random: (length: number) => Uint8Array): ProblemError {
  const [byte = 0] = random(1);
  return new ProblemError('overloaded', 'too many machines at once: come back later', {
    retryAfter: RETRY_AFTER.least + (byte % RETRY_AFTER.spread),
  });
}
