import { createClient } from '@hey-api/openapi-ts';
import { join } from 'node:path';
import { ROOT } from '../build/bundle.ts';

/** Where the SDK is checked in, from the root. */
export const SDK = 'libs/api-client/src/generated';

type Json = { [name: string]: unknown };

/** Writes the TypeScript SDK of the operator document into an empty or missing folder. */
export async function generateSdk(document: string, folder: string): Promise<void> {
  await createClient({
    input: withTypedEvents(JSON.parse(document) as Json),
    output: {
      path: folder,
      clean: true,
      // The generator's own client is not written for our stricter compiler options; what it exports is checked where it is used.
      header: [
        '// Generated from openapi/operator.v1.json by `npm run contract`. Never edited.',
        '// @ts-nocheck',
      ],
      module: { extension: '.ts' },
    },
    plugins: [
      '@hey-api/typescript',
      { name: '@hey-api/sdk', paramsStructure: 'grouped' },
      { name: '@hey-api/client-fetch', throwOnError: false },
    ],
    logs: { level: 'warn', file: false },
  } as Parameters<typeof createClient>[0]);
}

/** OpenAPI 3.1 cannot say what the events of a stream hold; the generator takes it from the schema of the answer. */
function withTypedEvents(value: unknown): Json {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node as Json).map(([name, entry]) => [name, walk(entry)] as const);
    const copy = Object.fromEntries(entries);
    return 'x-event-schema' in copy ? { ...copy, schema: copy['x-event-schema'] } : copy;
  };
  return walk(value) as Json;
}

export const SDK_FOLDER = join(ROOT, SDK);
