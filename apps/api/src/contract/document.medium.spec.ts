import { ERROR_CODES, PERMISSIONS } from '@asterism/contracts';
import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentDocument } from '../documents/agent-document.ts';
import { operatorDocument } from '../documents/operator-document.ts';
import { Permission, Public } from './access.ts';
import { toOpenApi } from './document.ts';
import { Operation } from './operation.ts';

interface Content {
  readonly schema: Record<string, unknown>;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
}

interface DocumentOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly 'x-permission'?: string;
  readonly 'x-permission-scope'?: string;
  readonly 'x-connection'?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, Content>> }>
  >;
}

const DOCUMENTS = { operator: operatorDocument(), agent: agentDocument() };

const operationsOf = (name: keyof typeof DOCUMENTS) =>
  Object.entries(DOCUMENTS[name]['paths'] as Record<string, Record<string, DocumentOperation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name, path, method, operation })),
  );

const OPERATIONS = [...operationsOf('operator'), ...operationsOf('agent')];

describe.each(OPERATIONS)('$name document: $method $path', ({ name, operation, method }) => {
  it('says what it is, who may call it, and what it can answer', () => {
    expect(operation.summary.length).toBeGreaterThan(5);
    expect(operation.summary.length).toBeLessThan(80);
    expect(operation.description.length).toBeGreaterThan(10);
    expect(operation.tags).toHaveLength(1);
    if (name === 'agent') {
      expect(operation['x-connection']).toMatch(/^(?:connection|attested|member)$/);
    } else if (operation.security.length > 0 && !('signInCode' in (operation.security[0] ?? {}))) {
      expect(PERMISSIONS).toContain(operation['x-permission']);
      expect(operation['x-permission-scope']).toMatch(/^(?:cluster|global|any)$/);
    }
    const codes = Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.keys(content?.['application/problem+json']?.examples ?? {}).map(
        (code) => [status, code] as const,
      ),
    );
    expect(codes.length).toBeGreaterThan(2);
    for (const [status, code] of codes)
      expect([code, ERROR_CODES[code as keyof typeof ERROR_CODES]]).toEqual([code, Number(status)]);
    const anybody = operation.security.length === 0 || operation['x-connection'] === 'connection';
    if (!anybody) expect(Object.keys(operation.responses)).toContain('401');
  });

  it('has an example of what is sent and of what comes back', () => {
    const contents = [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.entries(operation.responses)
        .filter(([status]) => status.startsWith('2'))
        .flatMap(([, { content }]) => Object.entries(content ?? {}))
        .filter(([type]) => type !== 'text/event-stream')
        .map(([, content]) => content),
    ];
    for (const { example } of contents) expect(example).toBeDefined();
    if (method === 'get') expect(operation.requestBody).toBeUndefined();
  });
});

describe('the documents', () => {
  it('share no path, and no operation of one is in the other', () => {
    const paths = (name: keyof typeof DOCUMENTS) => operationsOf(name).map(({ path }) => path);
    expect(paths('operator').filter((path) => path.startsWith('/agent'))).toEqual([]);
    expect(paths('agent').filter((path) => !path.startsWith('/agent/v1/'))).toEqual([]);
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are the same each time', () => {
    expect(JSON.stringify(operatorDocument())).toBe(JSON.stringify(DOCUMENTS.operator));
    expect(JSON.stringify(agentDocument())).toBe(JSON.stringify(DOCUMENTS.agent));
  });
});

const OPTIONS = {
  title: 't',
  version: '1',
  description: 'd',
  server: { url: 'https://a', description: 'd' },
  securitySchemes: {},
  tags: {},
};
const CONTRACT = {
  tag: 't',
  summary: 's',
  description: 'd',
  response: { status: 204, description: 'd' },
} as const;

describe('S28 toOpenApi', () => {
  it('refuses a handler that does not say who may call it', () => {
    @Controller()
    class Silent {
      @Operation({ ...CONTRACT, route: 'GET /silent', id: 'silent' })
      read(): void {}
    }
    expect(() => toOpenApi([Silent], OPTIONS)).toThrow('Silent.read does not say who may call it');
  });

  it('refuses two operations of one id', () => {
    @Controller()
    class Twice {
      @Public()
      @Operation({ ...CONTRACT, route: 'GET /a', id: 'same' })
      a(): void {}
      @Public()
      @Operation({ ...CONTRACT, route: 'GET /b', id: 'same' })
      b(): void {}
    }
    expect(() => toOpenApi([Twice], OPTIONS)).toThrow('same id');
  });

  it('refuses an example that its own schema refuses', () => {
    @Controller()
    class Wrong {
      @Permission('clusters.read')
      @Operation({
        ...CONTRACT,
        route: 'GET /wrong',
        id: 'wrong',
        response: { status: 200, description: 'd', schema: z.strictObject({ a: z.string() }) },
        responseExample: { a: 1 },
      })
      read(): void {}
    }
    expect(() => toOpenApi([Wrong], OPTIONS)).toThrow('wrong: the example does not fit');
  });
});
