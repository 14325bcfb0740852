import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../platform/logger.ts';
import type { ProblemError } from './problem-error.ts';
import { headersOf, toProblem, toProblemError } from './problems.ts';
import { traceIdOf } from './request-trace.ts';

/** Answers everything that was thrown, from hooks, parsers and handlers, as a problem. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblemError(error);
    const traceId = traceIdOf(request);
    if (problem.status >= 500) this.#report(problem, traceId);
    if (reply.raw.headersSent) {
      reply.raw.end();
      return;
    }
    // Fastify closes the connection after a body that is too large; HTTP/2 has no such header.
    if (request.raw.httpVersionMajor >= 2) reply.removeHeader('connection');
    void reply
      .status(problem.status)
      .headers(headersOf(problem))
      .send(JSON.stringify(toProblem(problem, traceId)));
  }

  #report({ code, message, details }: ProblemError, traceId: string): void {
    const entry = { traceId, code, err: details.cause };
    if (code === 'internal') this.#logger.error(entry, message);
    else this.#logger.warn(entry, message);
  }
}
