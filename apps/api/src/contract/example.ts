import type { JsonSchema } from './schemas.ts';

const REFERENCE = '#/components/schemas/';

/**
 * An example that fits a schema: its own where it has one, else built from its parts. Optional fields are shown, except
 * where that would recurse.
 */
export function exampleOf(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return exampleOf(components[reference.slice(REFERENCE.length)] ?? {}, components);
  }
  const first = (name: string): unknown => (Array.isArray(schema[name]) ? schema[name][0] : undefined);
  const own = first('examples');
  if (own !== undefined) return own;
  if ('const' in schema) return schema['const'];
  if ('default' in schema) return schema['default'];
  const choice = first('enum') ?? undefined;
  if (choice !== undefined) return choice;
  const union = first('anyOf') ?? first('oneOf');
  if (union !== undefined) return exampleOf(preferred(schema), components);
  return ofType(schema, components);
}

/** Of a union the last member that is not `null`: `"any"` and `null` come first and say the least. */
function preferred(schema: JsonSchema): JsonSchema {
  const members = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[];
  const telling = members.filter((member) => member['type'] !== 'null' && member['const'] !== 'any');
  return telling[0] ?? members[0] ?? {};
}

function ofType(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): unknown {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object':
      return ofObject(schema, components);
    case 'array':
      return [exampleOf((schema['items'] ?? {}) as JsonSchema, components)];
    case 'string':
      return ofString(schema);
    case 'integer':
    case 'number':
      return Math.max(1, (schema['minimum'] as number | undefined) ?? 1);
    case 'boolean':
      return true;
    default:
      return {};
  }
}

function ofObject(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): unknown {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  if (properties.length > 0) {
    return Object.fromEntries(properties.map(([name, value]) => [name, exampleOf(value, components)]));
  }
  const values = schema['additionalProperties'];
  const key = (schema['propertyNames'] as JsonSchema | undefined)?.['pattern'] === undefined ? 'name' : '4';
  const empty = typeof values !== 'object' || values === null || Object.keys(values).length === 0;
  return empty ? {} : { [key]: exampleOf(values as JsonSchema, components) };
}

function ofString(schema: JsonSchema): string {
  const pattern = schema['pattern'];
  if (typeof pattern !== 'string') return 'text';
  const candidates = [
    'text',
    '1',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'AAECAwQ',
  ];
  const fitting = candidates.find((candidate) => new RegExp(pattern).test(candidate));
  if (fitting === undefined) throw new Error(`no example fits ${pattern}: give the schema one`);
  return fitting;
}
