import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Cluster } from '@asterism/contracts';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.ts';

/** Who calls, and what a service needs of the request to do its work in one transaction. */
export interface Caller {
  readonly principal: Principal;
  readonly traceId: string;
  /** Set while an `Idempotency-Key` is claimed: the answer is stored in the transaction that does the work. */
  idempotency?: {
    readonly key: string;
    /** Of the claim: whoever took it over has another. */
    readonly claimedAt: Date;
    readonly status: number;
    readonly storesAnswer: boolean;
  };
}

interface Signed {
  readonly caller: Caller;
  readonly cluster: Cluster | undefined;
}

const signed = new WeakMap<object, Signed>();

/** Called by the guard alone. */
export function rememberCaller(request: FastifyRequest, caller: Caller, cluster: Cluster | undefined): void {
  signed.set(request.raw, { caller, cluster });
}

export function callerOf(request: FastifyRequest): Caller | undefined {
  return signed.get(request.raw)?.caller;
}

export const From = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('the operation is public: nobody was identified');
  return caller;
}) as () => ParameterDecorator;

/** The cluster of the path, which the guard has found and which the caller may see. */
export const In = createParamDecorator((_: unknown, context: ExecutionContext): Cluster => {
  const cluster = signed.get(context.switchToHttp().getRequest<FastifyRequest>().raw)?.cluster;
  if (cluster === undefined) throw new Error('the path names no cluster');
  return cluster;
}) as () => ParameterDecorator;
