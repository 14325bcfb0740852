import { z } from 'zod';

export type JsonSchema = { [name: string]: unknown };

/** JSON Schemas of a document: named ones once under `components`, the rest where they are used. */
export class SchemaCollection {
  readonly #components = new Map<string, JsonSchema>();

  /**
   * Schemas are taken from zod itself and not through nestjs-zod, which writes nullable strings as arrays.
   * @param direction `input` for what a caller sends (defaults are optional), `output` for what he gets
   * @throws Error where one name would stand for two schemas
   */
  add(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema {
    const generated = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io: direction,
      unrepresentable: 'throw',
      override: ({ jsonSchema }) => dropSafeIntegerBounds(jsonSchema as JsonSchema),
    }) as JsonSchema;
    const { $schema, $defs, ...root } = generated;
    void $schema;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      this.#name(name, toComponentReferences(definition) as JsonSchema);
    }
    return toComponentReferences(root) as JsonSchema;
  }

  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #name(name: string, definition: JsonSchema): void {
    const known = this.#components.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`schema ${name} reads differently as input and as output: give it two names`);
    }
    this.#components.set(name, definition);
  }
}

/** zod writes the range of exact integers into every integer; a reader of the document learns nothing from it. */
function dropSafeIntegerBounds(schema: JsonSchema): void {
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

function toComponentReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComponentReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      name === '$ref' && typeof entry === 'string'
        ? entry.replace('#/$defs/', '#/components/schemas/')
        : toComponentReferences(entry),
    ]),
  );
}
