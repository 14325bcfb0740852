import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Public } from '../contract/access.ts';
import { Operation, type OperationOptions } from '../contract/operation.ts';
import { Documents } from './documents.ts';

const tag = 'documents';
const response = {
  status: 200,
  description: 'OpenAPI 3.1',
  schema: z.looseObject({ openapi: z.literal('3.1.0') }).meta({ description: 'OpenAPI 3.1 document' }),
} satisfies OperationOptions['response'];

@Controller()
export class DocumentsController {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  @Public()
  @Operation({
    route: 'GET /openapi/operator.v1.json',
    id: 'readOperatorDocument',
    tag,
    summary: 'Read this document',
    description: 'The contract of the operator listener.',
    response,
  })
  operator(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.type('application/json; charset=utf-8');
    return this.#documents.operator;
  }

  @Public()
  @Operation({
    route: 'GET /openapi/agent.v1.json',
    id: 'readAgentDocument',
    tag,
    summary: 'Read the agents’ document',
    description: 'The contract of the node listener, which is another address than this one.',
    response,
  })
  agent(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.type('application/json; charset=utf-8');
    return this.#documents.agent;
  }
}
