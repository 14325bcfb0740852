import { applyDecorators, HttpCode, RequestMapping, RequestMethod, SetMetadata } from '@nestjs/common';
import type { ErrorCode } from '@asterism/contracts';
import type { z } from 'zod';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What an operation answers when it succeeds. */
interface OperationResponse {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  /** `application/json` unless said otherwise. For `text/event-stream` the schema is that of each event's `data`. */
  readonly mediaType?:
    'application/json' | 'text/event-stream' | 'text/plain' | 'text/html' | 'application/octet-stream';
  /** The answer carries the resource's revision as `ETag`. */
  readonly etag?: boolean;
  /** A second status with its own meaning and the same schema, such as 202 beside 200. */
  readonly alternative?: { readonly status: 202 | 503; readonly description: string };
}

/**
 * The contract of one route. The router, the validation of requests and the OpenAPI document are all made from it, so
 * none of them can say something else than the others.
 */
export interface OperationOptions {
  /** Method and path template, for example `GET /v1/clusters/{cluster}`. */
  readonly route: `${HttpMethod} /${string}`;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Schemas of the placeholders; `cluster` is checked by the guard, which answers 404 for any it does not know. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Taken in place of the example that is made from the schema. */
  readonly bodyExample?: unknown;
  readonly response: OperationResponse;
  readonly responseExample?: unknown;
  /** Code that the body is refused with where nothing but this field of it does not fit; else `request-invalid`. */
  readonly fieldErrors?: Readonly<Record<string, ErrorCode>>;
  /** Codes beyond those that every operation of its kind can answer. */
  readonly errors?: readonly ErrorCode[];
  /** Needs `If-Match` with the revision that was read. */
  readonly ifMatch?: boolean;
  /**
   * Takes `Idempotency-Key`. `replay`: a repeat gets the first answer; `once`: the answer holds a secret that is shown
   * once, so a repeat is refused and nothing is made twice.
   */
  readonly idempotent?: 'replay' | 'once';
  /** Takes `Last-Event-ID`. */
  readonly resumable?: boolean;
}

export const OPERATION = Symbol('operation');

/** Declares a route with its contract. Who may call it is declared beside it: see `access.ts`. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { method, path } = toRoute(options.route);
  return applyDecorators(
    SetMetadata(OPERATION, options),
    RequestMapping({ method: RequestMethod[method], path: path.replaceAll(/\{(\w+)\}/g, ':$1') }),
    HttpCode(options.response.status),
  );
}

export function toRoute(route: OperationOptions['route']): { method: HttpMethod; path: string } {
  const space = route.indexOf(' ');
  return { method: route.slice(0, space) as HttpMethod, path: route.slice(space + 1) };
}
