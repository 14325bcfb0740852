import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem-error.ts';

/** The number in `Last-Event-ID`; undefined where there is none. @throws ProblemError `request-invalid` */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new ProblemError('request-invalid', 'Last-Event-ID is not an id of this stream');
  }
  return Number(header);
}) as () => ParameterDecorator;
