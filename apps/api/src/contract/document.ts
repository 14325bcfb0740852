import { ERROR_CODES, GLOBAL_PERMISSIONS, problemSchema, toTitle, type ErrorCode } from '@asterism/contracts';
import { z } from 'zod';
import type { Access } from './access.ts';
import { declaredOperations, type Controllers, type DeclaredOperation } from './declared.ts';
import { byStatus, errorCodesOf } from './error-responses.ts';
import { exampleOf } from './example.ts';
import { parametersOf } from './parameters.ts';
import { SchemaCollection, type JsonSchema } from './schemas.ts';

export interface DocumentOptions {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly server: { readonly url: string; readonly description: string };
  readonly securitySchemes: JsonSchema;
  readonly tags: Readonly<Record<string, string>>;
}

/** The OpenAPI 3.1 document of a listener, made from its controllers alone: sorted, so that it changes only with them. */
export function toOpenApi(controllers: Controllers, options: DocumentOptions): JsonSchema {
  const operations = declaredOperations(controllers);
  const schemas = new SchemaCollection();
  const problem = schemas.add(problemSchema, 'output');
  const paths: Record<string, JsonSchema> = {};
  // Schemas first, so that an example can look into every component.
  const parts = operations.map((operation) => collect(operation, schemas));
  const { components } = schemas;
  for (const part of parts) {
    const { path, method } = part.operation;
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(part, problem, components) };
  }
  const used = new Set(operations.map(({ options: { tag } }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [options.server],
    tags: Object.entries(options.tags)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: components, securitySchemes: options.securitySchemes },
  };
}

interface Part {
  readonly operation: DeclaredOperation;
  readonly parameters: JsonSchema[];
  readonly body: JsonSchema | undefined;
  readonly response: JsonSchema | undefined;
}

function collect(operation: DeclaredOperation, schemas: SchemaCollection): Part {
  const { body, response } = operation.options;
  return {
    operation,
    parameters: parametersOf(operation, schemas),
    body: body && schemas.add(body, 'input'),
    response: response.schema && schemas.add(response.schema, 'output'),
  };
}

function toOperation(part: Part, problem: JsonSchema, components: Record<string, JsonSchema>): JsonSchema {
  const { operation, parameters, body } = part;
  const { options, access } = operation;
  return {
    operationId: options.id,
    tags: [options.tag],
    summary: options.summary,
    description: options.description,
    ...accessOf(operation),
    security: securityOf(access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: body,
                example: options.bodyExample ?? checked(options, options.body, exampleOf(body, components)),
              },
            },
          },
        }),
    responses: { ...success(part, components), ...failures(operation, problem) },
  };
}

/** An example that its own schema refuses would be worse than none. */
function checked(options: { id: string }, schema: z.ZodType | undefined, example: unknown): unknown {
  const result = schema?.safeParse(example);
  if (result?.success === false) {
    throw new Error(`${options.id}: the example does not fit: ${z.prettifyError(result.error)}`);
  }
  return example;
}

/** Who may call, for whoever generates a table or a menu from the document. */
function accessOf(operation: DeclaredOperation): JsonSchema {
  const { access } = operation;
  switch (access.kind) {
    case 'permission':
      return { 'x-permission': access.permission, 'x-permission-scope': scopeOf(operation) };
    case 'connection':
    case 'attested':
    case 'member':
      return { 'x-connection': access.kind };
    default:
      return {};
  }
}

/**
 * Over what the permission must be held: the `cluster` of the path (or everything), everything (`global`), or `any` one
 * cluster, where the answer then shows only what may be seen.
 */
function scopeOf({ access, path }: DeclaredOperation): 'cluster' | 'global' | 'any' {
  if (path.includes('{cluster}')) return 'cluster';
  const global =
    access.kind === 'permission' && (access.globally || GLOBAL_PERMISSIONS.has(access.permission));
  return global ? 'global' : 'any';
}

function securityOf(access: Access): JsonSchema[] {
  switch (access.kind) {
    case 'permission':
      return [{ token: [] }];
    case 'sign-in-code':
      return [{ signInCode: [] }];
    case 'public':
      return [];
    default:
      return [{ attestedTls: [] }];
  }
}

function success(part: Part, components: Record<string, JsonSchema>): JsonSchema {
  const { id, response, responseExample } = part.operation.options;
  const { description, mediaType = 'application/json', etag, alternative } = response;
  const content =
    part.response === undefined
      ? undefined
      : {
          [mediaType]:
            mediaType === 'application/json'
              ? {
                  schema: part.response,
                  example: checked(
                    { id },
                    response.schema,
                    responseExample ?? exampleOf(part.response, components),
                  ),
                }
              : streamed(part, mediaType),
        };
  const body = {
    ...(etag === true
      ? {
          headers: {
            ETag: {
              description: 'revision, for `If-Match`',
              schema: { type: 'string', examples: ['"1"'] },
            },
          },
        }
      : {}),
    ...(content === undefined ? {} : { content }),
  };
  return {
    [response.status]: { description, ...body },
    ...(alternative === undefined
      ? {}
      : { [alternative.status]: { description: alternative.description, ...body } }),
  };
}

/** What is not JSON: bytes, or a text with the schema of each event's `data` or an example. */
function streamed({ response, operation }: Part, mediaType: string): JsonSchema {
  const schema =
    mediaType === 'application/octet-stream' ? { type: 'string', format: 'binary' } : { type: 'string' };
  if (mediaType === 'text/event-stream') return { schema, 'x-event-schema': response };
  return { schema, example: operation.options.responseExample };
}

function failures(operation: DeclaredOperation, problem: JsonSchema): JsonSchema {
  const responses: JsonSchema = {};
  for (const [status, codes] of byStatus(errorCodesOf(operation))) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      ...(status === 429 || status === 503
        ? {
            headers: {
              'Retry-After': { description: 'seconds', schema: { type: 'integer', examples: [1] } },
            },
          }
        : {}),
      content: {
        'application/problem+json': {
          schema: problem,
          examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
        },
      },
    };
  }
  return responses;
}

function problemExample(code: ErrorCode): JsonSchema {
  return {
    type: `https://asterism.dev/problems/${code}`,
    title: toTitle(code),
    status: ERROR_CODES[code],
    detail: 'what happened this time',
    code,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
