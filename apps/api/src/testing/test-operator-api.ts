import type { Problem, RoleBinding } from '@asterism/contracts';
import { inTransaction, tokens, type ConnectOptions, type Database } from '@asterism/persistence';
import { seedCluster, startTestDatabase, type SeededCluster, type TestDatabase } from '@asterism/testkit';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { RateLimits } from '../auth/rate-limit.ts';
import { makeSecret } from '../auth/secrets.ts';
import { ProblemError } from '../http/problem-error.ts';
import { createOperatorApplication } from '../operator-application.ts';
import { NodeInterrogator } from '../platform/node-interrogator.ts';
import type { Platform } from '../platform/platform.ts';
import { createTestPlatform, type TestPlatformOptions } from './test-platform.ts';

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: Body;
  readonly text: string;
}

export interface AskOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Sent as they are, past JSON. */
  readonly bytes?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface TestToken {
  readonly id: string;
  readonly secret: string;
}

/** The operator listener on a socket without TLS. */
export interface TestOperators {
  readonly url: string;
  /** Every route of the router: `METHOD /path/:parameter`. */
  readonly routes: ReadonlySet<string>;
  /** Of an admin over everything. */
  readonly admin: TestToken;
  token(bindings: readonly RoleBinding[], expiresIn?: number): Promise<TestToken>;
  /** As the admin, unless another token or none (`undefined`) is said. */
  ask<Body = Problem>(route: string, options?: AskOptions): Promise<Answer<Body>>;
  /** The answer as it streams. */
  open(route: string, options?: AskOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface TestOperatorApi extends TestOperators {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly platform: Platform;
  /** JSON lines of the log. */
  readonly logged: readonly string[];
  readonly clusters: { readonly production: SeededCluster; readonly staging: SeededCluster };
  /** Another process on the same database. */
  replica(more?: TestPlatformOptions): Promise<TestOperators & { readonly platform: Platform }>;
  stop(): Promise<void>;
}

/** No node is connected. */
class NobodyConnected extends NodeInterrogator {
  override reattest(): Promise<never> {
    return Promise.reject(new ProblemError('node-offline', 'the node is not connected'));
  }

  override verify(): Promise<never> {
    return Promise.reject(new ProblemError('node-offline', 'the node is not connected'));
  }
}

const UNLIMITED: RateLimits = {
  address: { perSecond: 1e9, burst: 1e9 },
  principal: { perSecond: 1e9, burst: 1e9 },
};

/** The operator listener over a platform that is there. */
export async function serveTestOperators(
  platform: Platform,
  interrogator: NodeInterrogator = new NobodyConnected(),
  limits: RateLimits = UNLIMITED,
): Promise<TestOperators> {
  const application = await createOperatorApplication({ platform, interrogator, limits });
  await application.listen(0, '127.0.0.1');
  const { port } = application.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const token: TestOperators['token'] = (bindings, expiresIn = 3_600) =>
    makeToken(platform, bindings, expiresIn);
  const admin = await token([{ role: 'admin', clusterId: null }]);
  const open = (route: string, ask: AskOptions = {}) => request(url, route, { token: admin.secret, ...ask });
  return {
    url,
    routes: routesOf(application.getHttpAdapter().getInstance() as FastifyInstance),
    admin,
    token,
    open,
    ask: async <Body>(route: string, ask: AskOptions = {}) => toAnswer<Body>(await open(route, ask)),
    close: () => application.close(),
  };
}

export interface TestOperatorApiOptions {
  readonly limits?: RateLimits;
  readonly database?: Partial<ConnectOptions>;
  readonly platform?: TestPlatformOptions;
}

/** The operator listener over a database of its own with two clusters. */
export async function startTestOperatorApi(options: TestOperatorApiOptions = {}): Promise<TestOperatorApi> {
  const test = await startTestDatabase(options.database);
  const { database } = test;
  const closers: (() => Promise<void>)[] = [];
  const serve = async (on: Database, more?: TestPlatformOptions) => {
    const { platform, logged, stop } = await createTestPlatform(on, more ?? options.platform);
    const operators = await serveTestOperators(platform, undefined, options.limits);
    closers.push(async () => {
      await stop();
      await operators.close();
    });
    return { platform, logged, operators };
  };
  const { platform, logged, operators } = await serve(database);
  const seed = async (name: string) => {
    const id = database.newId();
    const { clusterId, ...secrets } = platform.clusterRoots.create(id);
    return seedCluster(database, { name, id, clusterId, secrets });
  };
  return {
    ...operators,
    test,
    database,
    platform,
    logged,
    clusters: { production: await seed('production'), staging: await seed('staging') },
    replica: async (more) => {
      const { operators: others, platform: its } = await serve(await test.connectReplica(), more);
      return { ...others, platform: its };
    },
    stop: async () => {
      for (const close of closers) await close();
      await test.stop();
    },
  };
}

/** From the tree that the router prints: four columns a level, `/part (METHOD, METHOD)`. */
function routesOf(instance: FastifyInstance): ReadonlySet<string> {
  const routes = new Set<string>();
  const parts: string[] = [];
  for (const line of instance.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    parts.splice(depth, parts.length, part);
    for (const method of methods?.split(', ') ?? []) routes.add(`${method} ${parts.join('')}`);
  }
  return routes;
}

/** @param route `METHOD /path` */
function request(url: string, route: string, ask: AskOptions): Promise<Response> {
  const [method = 'GET', path = '/'] = route.split(' ', 2);
  const { token, body, bytes, headers, signal } = ask;
  const sent = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  return fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent as NonNullable<RequestInit['body']> }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export async function toAnswer<Body>(response: Response): Promise<Answer<Body>> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (json && text !== '' ? JSON.parse(text) : text) as Body,
  };
}

async function makeToken(
  { database, random, clock }: Platform,
  bindings: readonly RoleBinding[],
  expiresIn: number,
): Promise<TestToken> {
  const secret = await makeSecret('token', random);
  const token = await inTransaction(database, (tx) =>
    tokens.create(tx, {
      name: 'test',
      kind: 'token',
      secretHash: secret.hash,
      bindings,
      createdBy: 'system',
      expiresAt: new Date(clock().getTime() + expiresIn * 1_000),
    }),
  );
  return { id: token.id, secret: secret.text };
}
