import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ErrorCode } from '@asterism/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '../http/problem-error.ts';
import type { OperationOptions } from './operation.ts';
import { ETAG, paramSchemaOf } from './parameters.ts';

/** What was sent, as its schemas read it: defaults filled in, nothing that they do not name. */
export interface Input {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: unknown;
  readonly body: unknown;
  /** Revision of `If-Match`. */
  readonly revision: number | undefined;
}

const inputs = new WeakMap<object, Input>();
const NO_QUERY = z.strictObject({});

/**
 * Checks path, query, body and `If-Match` against the operation. Unknown fields are refused everywhere.
 * @throws ProblemError `request-invalid` with every field that does not fit, `precondition-missing`
 */
export function readInput(request: FastifyRequest, options: OperationOptions): Input {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request.params as Record<string, string>)) {
    if (name !== 'cluster') params[name] = parse(paramSchemaOf(options, name), value, name);
  }
  const input: Input = {
    params,
    query: parse(options.query ?? NO_QUERY, { ...(request.query as object) }, 'query'),
    body:
      options.body === undefined
        ? refuseBody(request)
        : parse(options.body, request.body, 'body', options.fieldErrors),
    revision: options.ifMatch === true ? readRevision(request) : undefined,
  };
  inputs.set(request.raw, input);
  return input;
}

export function inputOf(request: FastifyRequest): Input {
  const input = inputs.get(request.raw);
  if (input === undefined) throw new Error('the request was not checked against its contract');
  return input;
}

function parse(
  schema: z.ZodType,
  value: unknown,
  place: string,
  codes: Readonly<Record<string, ErrorCode>> = {},
): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = new Set(result.error.issues.map(({ path }) => String(path[0])));
  const [only = ''] = fields;
  const code = (fields.size === 1 ? codes[only] : undefined) ?? 'request-invalid';
  throw new ProblemError(code, `the ${place} does not fit the contract`, {
    errors: result.error.issues.flatMap((issue) => toFieldErrors(issue, place)).slice(0, 50),
  });
}

/** zod's messages quote what was expected, and names of unknown fields; values are never in them. */
function toFieldErrors(issue: z.core.$ZodIssue, place: string): { path: string; message: string }[] {
  const path = [place, ...issue.path.map(String)].join('.').slice(0, 300);
  return [{ path, message: issue.message.slice(0, 500) }];
}

function refuseBody(request: FastifyRequest): undefined {
  if (request.body === undefined || request.body === null) return undefined;
  throw new ProblemError('request-invalid', 'this operation takes no body');
}

function readRevision(request: FastifyRequest): number {
  const header = request.headers['if-match'];
  if (header === undefined) {
    throw new ProblemError(
      'precondition-missing',
      'send If-Match with the ETag of the resource as you read it',
    );
  }
  const revision = ETAG.exec(header)?.[1];
  if (revision === undefined) throw new ProblemError('request-invalid', 'If-Match is not one ETag of ours');
  return Number(revision);
}

const fromInput = (read: (input: Input, name: string) => unknown) =>
  createParamDecorator((name: string, context: ExecutionContext) =>
    read(inputOf(context.switchToHttp().getRequest<FastifyRequest>()), name),
  );

export const Param: (name: string) => ParameterDecorator = fromInput((input, name) => input.params[name]);
export const Query = fromInput((input) => input.query) as () => ParameterDecorator;
export const Body = fromInput((input) => input.body) as () => ParameterDecorator;
/** Revision of `If-Match`. */
export const IfMatch = fromInput((input) => input.revision) as () => ParameterDecorator;
