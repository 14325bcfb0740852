import { toHex } from '@asterism/bytes';
import type { DynamicModule, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Server } from 'node:http';
import type { Controllers, DeclaredOperation } from '../contract/declared.ts';
import type { Platform } from '../platform/platform.ts';
import { ContractInterceptor } from './contract.interceptor.ts';
import { BODY_LIMIT, parseJsonBody } from './json-body.ts';
import { endConnectionsOnClose } from './end-connections.ts';
import { answerUnreadable } from './malformed-http.ts';
import { OperationTable } from './operation-table.ts';
import { ProblemError } from './problem-error.ts';
import { headersOf, toProblem } from './problems.ts';
import { ProblemFilter } from './problem-filter.ts';
import { observeRequests } from './request-observation.ts';

export interface ApplicationOptions {
  readonly listener: 'operator' | 'node';
  readonly platform: Platform;
  /** Brings the controllers and what they need. */
  readonly module: DynamicModule;
  readonly controllers: Controllers;
  /**
   * Finds out who calls and whether he may. Runs before the body is read, for every declared operation; what it throws is
   * the answer. A route that is not declared answers nothing.
   */
  readonly admit: (
    request: FastifyRequest,
    operation: DeclaredOperation,
    reply: FastifyReply,
  ) => Promise<void>;
  /** Around each handler, inside the contract's check, in this order. */
  readonly interceptors?: readonly NestInterceptor[];
  /** TLS, as Fastify takes it. */
  readonly server?: { readonly https: object } | { readonly http2: true; readonly serverFactory: unknown };
  /** Routes outside the contract, such as the pages of the documents; each says `config: {open: true}`. */
  readonly extend?: (instance: FastifyInstance) => void;
}

/** A listener's application, not listening yet: bounds, contract, problems, headers, logs and metrics are the same for both. */
export async function createApplication(options: ApplicationOptions): Promise<NestFastifyApplication> {
  const { platform, controllers, module } = options;
  const operations = new OperationTable(controllers);
  const instance = createInstance(options);
  endConnectionsOnClose(instance);
  observeRequests(instance, options.listener, platform, operations);
  instance.addHook('onRequest', async (request, reply) => {
    if (isOpen(request)) return;
    operations.requireMethod(request);
    const operation = operations.find(request);
    if (operation === undefined) throw new Error(`undeclared route ${String(request.routeOptions.url)}`);
    if (platform.stopping.aborted && operation.access.kind !== 'public') {
      throw new ProblemError('shutting-down', 'this process is stopping');
    }
    await options.admit(request, operation, reply);
  });
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_: unknown, body: Buffer) => (body.length === 0 ? undefined : parseJsonBody(body)),
  );
  options.extend?.(instance);
  const application = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(instance), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  application.useGlobalFilters(new ProblemFilter(platform.logger));
  application.useGlobalInterceptors(new ContractInterceptor(platform), ...(options.interceptors ?? []));
  await application.init();
  await instance.ready();
  return application;
}

function createInstance({ server, platform }: ApplicationOptions): FastifyInstance {
  return fastify({
    ...(server as { https: object } | undefined),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    // Answered by us with `shutting-down`, and health goes on to say so.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    logger: false,
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, platform.random),
    frameworkErrors: (_error, _request, answer) => {
      const reply = answer as unknown as FastifyReply;
      const problem = new ProblemError('request-invalid', 'the address of the request is malformed');
      const body = toProblem(problem, toHex(platform.random(16)));
      void reply.status(problem.status).headers(headersOf(problem)).send(JSON.stringify(body));
    },
  }) as unknown as FastifyInstance<Server> as FastifyInstance;
}

function isOpen(request: FastifyRequest): boolean {
  return (request.routeOptions.config as { open?: boolean }).open === true;
}
