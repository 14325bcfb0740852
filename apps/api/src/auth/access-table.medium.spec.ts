import {
  GLOBAL_PERMISSIONS,
  ROLE_PERMISSIONS,
  ROLES,
  type ErrorCode,
  type Permission,
  type Problem,
  type Role,
} from '@asterism/contracts';
import { inTransaction, tokens } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorDocument } from '../documents/operator-document.ts';
import { startTestOperatorApi, toAnswer, type TestOperatorApi } from '../testing/test-operator-api.ts';

interface DocumentOperation {
  readonly operationId: string;
  readonly security: readonly Record<string, unknown>[];
  readonly 'x-permission'?: Permission;
  readonly 'x-permission-scope'?: 'cluster' | 'global' | 'any';
  readonly parameters?: readonly {
    name: string;
    in: string;
    required: boolean;
    schema: { examples?: unknown[] };
  }[];
  readonly requestBody?: { content: { 'application/json': { example: unknown } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentOperation;
}

type Credential =
  | { readonly kind: 'none' | 'another scheme' | 'wrong' | 'expired' | 'revoked' | 'sign-in code' }
  | { readonly kind: 'role'; readonly role: Role; readonly over: 'everything' | 'this' | 'another' };

const ROWS: readonly Row[] = Object.entries(operatorDocument()['paths'] as Record<string, object>).flatMap(
  ([path, methods]) =>
    Object.entries(methods as Record<string, DocumentOperation>).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
);

const CREDENTIALS: readonly Credential[] = [
  { kind: 'none' },
  { kind: 'another scheme' },
  { kind: 'wrong' },
  { kind: 'expired' },
  { kind: 'revoked' },
  { kind: 'sign-in code' },
  ...ROLES.flatMap((role) =>
    (['everything', 'this', 'another'] as const).map((over) => ({ kind: 'role', role, over }) as const),
  ),
];

type Expected = ErrorCode | 'granted';

/** The table, from the document and the roles of the contract alone. */
function expected({ operation }: Row, credential: Credential): Expected {
  if (operation.security.length === 0) return 'granted';
  const takesCode = 'signInCode' in (operation.security[0] ?? {});
  switch (credential.kind) {
    case 'none':
      return 'credentials-missing';
    case 'sign-in code':
      return takesCode ? 'granted' : 'credentials-invalid';
    case 'expired':
      return takesCode ? 'credentials-invalid' : 'credentials-expired';
    case 'role':
      return takesCode ? 'credentials-invalid' : ofRole(operation, credential);
    default:
      return 'credentials-invalid';
  }
}

function ofRole(
  operation: DocumentOperation,
  { role, over }: Extract<Credential, { kind: 'role' }>,
): Expected {
  const permission = operation['x-permission'] as Permission;
  const held = ROLE_PERMISSIONS[role].has(permission);
  if (over === 'everything') return held ? 'granted' : 'permission-denied';
  switch (operation['x-permission-scope']) {
    case 'cluster':
      if (over === 'another') return 'cluster-unknown';
      return held && !GLOBAL_PERMISSIONS.has(permission) ? 'granted' : 'permission-denied';
    case 'any':
      return held && !GLOBAL_PERMISSIONS.has(permission) ? 'granted' : 'permission-denied';
    default:
      return 'permission-denied';
  }
}

const DENIALS: ReadonlySet<string> = new Set([
  'credentials-missing',
  'credentials-invalid',
  'credentials-expired',
  'permission-denied',
  'cluster-unknown',
]);

/** In place of the example, where it would do away with what the other rows need or name what is not there. */
const BODIES: Readonly<Record<string, unknown>> = {
  deleteCluster: { confirm: 'another' },
  createToken: { name: 'test', expiresIn: 60, bindings: [{ role: 'viewer', clusterId: null }] },
};

const nameOf = (credential: Credential) =>
  credential.kind === 'role' ? `${credential.role} over ${credential.over}` : credential.kind;

describe('S28 the operator listener', () => {
  let api: TestOperatorApi;

  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterAll(() => api.stop());

  /** A new one for each request: signing out ends the token that asks for it. */
  async function present(credential: Credential): Promise<string | undefined> {
    switch (credential.kind) {
      case 'none':
        return undefined;
      case 'another scheme':
        return `Basic ${Buffer.from(`admin:${api.admin.secret}`).toString('base64')}`;
      case 'wrong':
        return `Bearer ${api.admin.secret.slice(0, -1)}${api.admin.secret.endsWith('A') ? 'B' : 'A'}`;
      case 'sign-in code': {
        const { body } = await api.ask<{ code: string }>('POST /v1/sign-in-links');
        return `Bearer ${body.code}`;
      }
      case 'expired':
        return `Bearer ${(await api.token([{ role: 'admin', clusterId: null }], -1)).secret}`;
      case 'revoked': {
        const { id, secret } = await api.token([{ role: 'admin', clusterId: null }]);
        await inTransaction(api.database, (tx) => tokens.revoke(tx, id));
        return `Bearer ${secret}`;
      }
      case 'role': {
        const { production, staging } = api.clusters;
        const clusterId = {
          everything: null,
          this: production.cluster.id,
          another: staging.cluster.id,
        }[credential.over];
        return `Bearer ${(await api.token([{ role: credential.role, clusterId }])).secret}`;
      }
    }
  }

  async function ask({ method, path, operation }: Row, authorization: string | undefined) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      if (name === 'cluster') return 'production';
      const { schema } = operation.parameters?.find((parameter) => parameter.name === name) ?? {};
      return String(schema?.examples?.[0] ?? '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11');
    });
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'header' && parameter.required) {
        headers[parameter.name] = String(parameter.schema.examples?.[0]);
      }
    }
    const left = new AbortController();
    const response = await api.open(`${method} ${filled}`, {
      token: undefined,
      headers,
      body: BODIES[operation.operationId] ?? operation.requestBody?.content['application/json'].example,
      signal: left.signal,
    });
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      left.abort();
      return { status: response.status, code: 'granted' };
    }
    const { status, body } = await toAnswer<Partial<Problem> | ''>(response);
    const code = typeof body === 'object' ? body.code : undefined;
    return { status, code: code !== undefined && DENIALS.has(code) ? code : 'granted' };
  }

  it('has every route of the router in the document, but the pages that show it', async () => {
    const documented = new Set(
      ROWS.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const pages = [
      'GET /docs',
      'GET /docs/start.js',
      'GET /docs/swagger-ui-bundle.js',
      'GET /docs/swagger-ui.css',
    ];
    expect(ROWS.length).toBeGreaterThan(40);
    expect(new Set([...api.routes])).toEqual(new Set([...documented, ...pages]));
  });

  it.each(ROWS)('$method $path answers as the table says', async (row) => {
    const got: Record<string, string> = {};
    const want: Record<string, string> = {};
    for (const credential of CREDENTIALS) {
      const { status, code } = await ask(row, await present(credential));
      got[nameOf(credential)] = code;
      want[nameOf(credential)] = expected(row, credential);
      expect(Object.keys(row.operation.responses), `${nameOf(credential)} got ${status}`).toContain(
        String(status),
      );
    }
    expect(got).toEqual(want);
  });
});
