import {
  connectionOf,
  createAttestedServer,
  createTlsIdentity,
  type AttestedConnection,
} from '@asterism/attested-tls';
import { ERROR_CODES, type AgentEvent, type PolicyDocument, type PolicyOf } from '@asterism/contracts';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type {
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Problem } from './problem.ts';
import type { ScriptedProof } from './scripted-attestation.ts';
import { ScriptedCluster, type Answer } from './scripted-cluster.ts';

export interface SeenRequest {
  readonly path: string;
  readonly body: unknown;
  readonly connection: string;
}

/**
 * The node listener of an API, played by a test: a real attested server whose bodies and answers are the contract's,
 * and which verifies every piece of evidence with the product's own library.
 */
export class ScriptedApi<Policy extends PolicyDocument = PolicyOf<'tpm'>> {
  readonly cluster: ScriptedCluster<Policy>;
  readonly requests: SeenRequest[] = [];
  /** What went wrong in the script itself; a test asserts that it is empty. */
  readonly faults: unknown[] = [];
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  readonly #answersHeld = new Map<string, PromiseWithResolvers<void>>();
  readonly #streams = new Set<Http2ServerResponse>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #server: Http2SecureServer | null = null;
  #port = 0;

  constructor(policy: Policy, proof: ScriptedProof) {
    this.cluster = new ScriptedCluster(policy, proof);
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** A new TLS key each time, as a restarted API has; the port stays. */
  async start(): Promise<void> {
    const identity = await createTlsIdentity(new Date(), randomBytes);
    const server = createAttestedServer(
      { identity, random: randomBytes, onRefused: () => undefined },
      (request, response) => {
        void this.#serve(request, response).catch((error: unknown) => this.faults.push(error));
      },
    );
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => undefined);
      session.once('close', () => this.#sessions.delete(session));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise((resolve) => server.close(resolve));
  }

  /** Requests to this path are seen, and nothing becomes of them before `release`. */
  hold(path: string): void {
    this.#held.set(path, Promise.withResolvers<void>());
  }

  /** Requests to this path do what they do, and are not answered before `release`. */
  holdAnswers(path: string): void {
    this.#answersHeld.set(path, Promise.withResolvers<void>());
  }

  release(path: string): void {
    for (const held of [this.#held, this.#answersHeld]) {
      held.get(path)?.resolve();
      held.delete(path);
    }
  }

  seen(path: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Sends an event on every open stream. */
  send(event: AgentEvent): void {
    for (const stream of this.#streams)
      stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const connection = connectionOf(request);
    const path = request.url;
    const body = await readBody(request);
    this.requests.push({ path, body, connection: connection.id });
    await this.#held.get(path)?.promise;
    if (response.stream.destroyed) return;
    try {
      if (path === '/agent/v1/stream') return this.#openStream(connection, response);
      const { status, json } = await this.cluster.answer(path, body, connection);
      await this.#answersHeld.get(path)?.promise;
      if (response.stream.destroyed) return;
      reply(response, status, json);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refuse(response, error);
    }
  }

  #openStream(connection: AttestedConnection, response: Http2ServerResponse): void {
    this.cluster.requireMember(connection);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    response.write('event: ready\ndata: {"type":"ready"}\n\n');
  }
}

async function readBody(request: Http2ServerRequest): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? null : JSON.parse(text);
}

function reply(response: Http2ServerResponse, status: number, json: Answer['json']): void {
  if (json === null) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

function refuse(
  response: Http2ServerResponse,
  { code, message: detail, findings, retryAfter }: Problem,
): void {
  const status = ERROR_CODES[code];
  const problem = {
    ...{
      type: `https://asterism.dev/problems/${code}`,
      title: code,
      status,
      detail,
      code,
    },
    traceId: '0',
    ...(findings.length > 0 ? { findings } : {}),
  };
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(retryAfter === null ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify(problem));
}
