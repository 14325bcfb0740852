import { idOrNameSchema } from '@asterism/contracts';
import { z } from 'zod';
import type { DeclaredOperation } from './declared.ts';
import type { JsonSchema, SchemaCollection } from './schemas.ts';

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
export const ETAG = /^"(\d{1,9})"$/;

/** Placeholders of the path, then fields of the query, then headers. */
export function parametersOf({ options, path }: DeclaredOperation, schemas: SchemaCollection): JsonSchema[] {
  const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const parameters: JsonSchema[] = placeholders.map((name) => ({
    name,
    in: 'path',
    required: true,
    ...described(schemas.add(paramSchemaOf(options, name), 'input')),
  }));
  for (const [name, schema] of Object.entries(options.query?.shape ?? {}) as [string, z.ZodType][]) {
    parameters.push({
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      ...described(schemas.add(schema, 'input')),
    });
  }
  const header = (name: string, required: boolean, description: string, schema: JsonSchema) =>
    parameters.push({ name, in: 'header', required, description, schema });
  if (options.ifMatch === true) {
    header('If-Match', true, '`ETag` of the resource as it was read', {
      type: 'string',
      pattern: ETAG.source,
      examples: ['"1"'],
    });
  }
  if (options.idempotent !== undefined) {
    header('Idempotency-Key', false, 'a repeat with the same key and body makes nothing twice', {
      type: 'string',
      pattern: IDEMPOTENCY_KEY.source,
      examples: ['0197a3c2-create-production'],
    });
  }
  if (options.resumable === true) {
    header('Last-Event-ID', false, 'goes on after this event', {
      type: 'string',
      pattern: '^\\d{1,15}$',
      examples: ['42'],
    });
  }
  return parameters;
}

export function paramSchemaOf(
  options: { readonly params?: Readonly<Record<string, z.ZodType>> },
  name: string,
): z.ZodType {
  return options.params?.[name] ?? (name === 'cluster' ? idOrNameSchema : z.never());
}

function described(schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema;
  return { ...(typeof description === 'string' ? { description } : {}), schema: rest };
}
