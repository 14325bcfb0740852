import { canonicalJson, sha256, utf8, type Json } from '@asterism/bytes';
import { idempotencyKeys } from '@asterism/persistence';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { callerOf, type Caller } from '../auth/caller.ts';
import { inputOf } from '../contract/input.ts';
import { IDEMPOTENCY_KEY } from '../contract/parameters.ts';
import type { Platform } from '../platform/platform.ts';
import { operationOf } from './operation-table.ts';
import { ProblemError } from './problem-error.ts';

/** A claim whose holder died is taken over after so long. No operation that takes a key runs nearly as long. */
const STALE_MS = 20_000;
const WAIT_MS = 5_000;
const POLL_MS = 100;

/**
 * `Idempotency-Key`: the first request with a key does the work, and its answer is stored in the transaction that does it;
 * a repeat is given that answer and does nothing, also after a crash (S34). Repeats that come meanwhile wait.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const caller = callerOf(request);
    const { idempotent } = operationOf(request).options;
    const key = request.headers['idempotency-key'];
    if (idempotent === undefined || key === undefined || caller === undefined) return next.handle();
    return from(this.#once(request, http.getResponse<FastifyReply>(), caller, key, next));
  }

  async #once(
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller,
    key: string | string[],
    next: CallHandler,
  ): Promise<unknown> {
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
      throw new ProblemError(
        'idempotency-key-invalid',
        'Idempotency-Key is 1 to 128 visible ASCII characters',
      );
    }
    const { options } = operationOf(request);
    const claim = await this.#claim(request, caller, key);
    if (claim.kind === 'repeat') {
      if (options.idempotent === 'once') {
        throw new ProblemError(
          'idempotency-key-reused',
          'done before; its secret was shown then and is not kept',
        );
      }
      void reply.status(claim.status);
      return claim.response;
    }
    caller.idempotency = {
      key,
      claimedAt: claim.at,
      status: options.response.status,
      storesAnswer: options.idempotent === 'replay',
    };
    try {
      return await lastValueFrom(next.handle());
    } catch (error) {
      await this.#release(caller, key, claim.at);
      throw error;
    }
  }

  async #claim(request: FastifyRequest, caller: Caller, key: string) {
    const { database, clock, stopping } = this.#platform;
    const { body } = inputOf(request);
    const { route } = operationOf(request).options;
    const path = { ...(request.params as Record<string, string>) };
    const hash = await sha256(utf8(canonicalJson({ route, path, body: body as Json })));
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const now = clock();
      const claim = await idempotencyKeys.claim(database.queries, caller.principal.actor, key, {
        hash,
        now,
        staleBefore: new Date(now.getTime() - STALE_MS),
      });
      if (claim.kind === 'first') return { kind: 'first', at: now } as const;
      if (claim.kind === 'repeat') return claim;
      if (performance.now() > deadline || stopping.aborted) {
        throw new ProblemError('overloaded', 'the first request with this key is still being worked on');
      }
      await sleep(POLL_MS);
    }
  }

  /** A failure here must not hide the one that was answered; the claim grows stale instead. */
  async #release(caller: Caller, key: string, claimedAt: Date): Promise<void> {
    const { database, logger } = this.#platform;
    const { actor } = caller.principal;
    await idempotencyKeys.release(database.queries, actor, key, claimedAt).catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot give back an idempotency key');
    });
  }
}
