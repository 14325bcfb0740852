import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBearer } from '../auth/bearer.ts';

/** The sign-in code that came as bearer credential. @throws ProblemError `credentials-missing`, `credentials-invalid` */
export const PresentedCode = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readBearer(context.switchToHttp().getRequest<FastifyRequest>()),
) as () => ParameterDecorator;
