import { fromBase64url, toBase64url, type Bytes, type Json } from '@asterism/bytes';
import {
  attestationSchema,
  challengeSchema,
  freshNonceSchema,
  problemSchema,
  type Attestation,
  type Evidence,
  type EvidenceRequest,
} from '@asterism/contracts';
import { evidenceRequestOf } from '@asterism/attestation';
import type { ClientHttp2Session } from 'node:http2';
import type { AgentAttester } from './agent-attester.ts';
import { requireExpectation, verifyApi } from './api-verification.ts';
import { attestationBinding } from './binding.ts';
import { dial, type ClientConnection } from './dial.ts';
import { AttestedTlsError, ProblemError } from './errors.ts';
import type { ApiExpectation } from './expectation.ts';
import {
  begin,
  chunksOf,
  exchange,
  inTime,
  readResponse,
  statusOf,
  type AgentRequest,
  type AgentResponse,
} from './http2-exchange.ts';
import { keepAlive, type Keepalive } from './keepalive.ts';
import { hasMember } from './secret-fields.ts';
import { serverSentEvents, type ServerSentEvent } from './sse.ts';
import type { TlsIdentity } from './tls-identity.ts';

export interface ConnectOptions {
  /** `https://host:port` of the node listener. */
  readonly url: URL;
  /** A key made for this connection: `createTlsIdentity`. */
  readonly identity: TlsIdentity;
  readonly expectation: ApiExpectation;
  readonly random: (length: number) => Uint8Array;
  readonly now: () => Date;
  /** Milliseconds for TCP and TLS. */
  readonly connectTimeout: number;
  readonly keepalive: Keepalive;
}

/** A schema of contracts, or anything else that throws on what it does not accept. */
export interface Schema<Value> {
  parse(value: unknown): Value;
}

/**
 * Opens attested TLS from the node's side. Nothing has been said or proved yet when it returns: call `attest` first.
 * @throws PeerIdentityError `expectation-invalid`
 * @throws AttestedTlsError `connect-failed`, `timeout`, `tls-refused`
 */
export async function connectAttested(options: ConnectOptions): Promise<AttestedClient> {
  requireExpectation(options.expectation);
  const { session, connection } = await dial(options.url, options.identity, options.connectTimeout);
  keepAlive(session, options.keepalive);
  return new AttestedClient(session, connection, options);
}

export class AttestedClient {
  readonly connection: ClientConnection;
  readonly #session: ClientHttp2Session;
  readonly #options: ConnectOptions;
  readonly #closed = new AbortController();
  #attested = false;

  constructor(session: ClientHttp2Session, connection: ClientConnection, options: ConnectOptions) {
    this.#session = session;
    this.connection = connection;
    this.#options = options;
    let reason: unknown;
    session.on('error', (error) => (reason = error));
    session.once('close', () => {
      this.#closed.abort(
        reason ?? new AttestedTlsError('connection-closed', 'connection to the API is closed'),
      );
    });
  }

  /** Aborts, with the reason, when the connection ends. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Protocol §1.4: asks for the API's proof, verifies it, and only then proves this machine. On any failure the
   * connection is closed; before the API is verified it has seen the node's public identity and nothing else (S07).
   * @throws PeerIdentityError where this is not the API that is expected
   * @throws ProblemError where the API refuses this machine
   */
  async attest(attester: AgentAttester, agentVersion: string, signal?: AbortSignal): Promise<Attestation> {
    try {
      return await this.#attest(attester, agentVersion, signal);
    } catch (error) {
      this.#session.destroy();
      throw error;
    }
  }

  async #attest(attester: AgentAttester, agentVersion: string, signal?: AbortSignal): Promise<Attestation> {
    const { expectation, random, now } = this.#options;
    const abort = signal ? { signal } : {};
    const identity = await attester.identity();
    const nonce = random(32);
    const challenge = await this.#call(challengeSchema, {
      method: 'POST',
      path: '/agent/v1/attestation/challenge',
      body: {
        nonce: toBase64url(nonce),
        identity,
        ...(expectation.kind === 'evidence'
          ? { evidenceRequest: evidenceRequestOf(expectation.policy) }
          : {}),
      },
      ...abort,
    });
    await verifyApi(expectation, challenge, { connection: this.connection, nonce, now: now() });

    const { cluster, pool } = identity;
    const claims = { purpose: 'connection', cluster, pool, agentVersion } as const;
    const evidence = await this.collect(attester, {
      nonce: challenge.nonce,
      request: challenge.evidenceRequest,
      claims,
    });
    const secret = challenge.activation ? await attester.activate(challenge.activation) : null;
    const attestation = await this.#call(attestationSchema, {
      method: 'POST',
      path: '/agent/v1/attestation',
      body: {
        nonce: challenge.nonce,
        evidence,
        claims,
        ...(secret ? { activationSecret: toBase64url(secret) } : {}),
      },
      ...abort,
    });
    this.#attested = true;
    return attestation;
  }

  /** Binding of role `client` on this connection, protocol §1.3. @param nonce base64url, of the API */
  binding(nonce: string, claims: Json): Promise<Bytes> {
    const { exporter, ownSpki } = this.connection;
    return attestationBinding('client', { exporter, nonce: fromBase64url(nonce), spki: ownSpki, claims });
  }

  /** Evidence over the API's nonce and these claims, for this connection. */
  async collect(
    attester: AgentAttester,
    order: { readonly nonce: string; readonly request: EvidenceRequest; readonly claims: Json },
  ): Promise<Evidence> {
    const binding = await this.binding(order.nonce, order.claims);
    return attester.collect({ request: order.request, binding });
  }

  /** Fresh evidence for the next request: takes a nonce of its own and returns what the request's body needs. */
  async prove<Claims extends Json>(
    attester: AgentAttester,
    claims: Claims,
  ): Promise<{ readonly nonce: string; readonly evidence: Evidence; readonly claims: Claims }> {
    const { nonce, evidenceRequest } = await this.call(freshNonceSchema, {
      method: 'POST',
      path: '/agent/v1/nonces',
      body: {},
    });
    return {
      nonce,
      claims,
      evidence: await this.collect(attester, { nonce, request: evidenceRequest, claims }),
    };
  }

  /** @throws AttestedTlsError `not-attested` before `attest` has succeeded */
  async request(request: AgentRequest): Promise<AgentResponse> {
    this.#requireAttested();
    return exchange(this.#session, request);
  }

  /** Like `request`, with the body checked. @throws ProblemError on any status over 299 */
  async call<Value>(schema: Schema<Value>, request: AgentRequest): Promise<Value> {
    this.#requireAttested();
    return this.#call(schema, request);
  }

  /**
   * Like `call`, for an answer that carries secrets: their members hold nothing in the value, their characters come apart
   * from it and are the caller's to wipe.
   * @param paths of the secret members, names joined by dots
   * @throws AttestedTlsError `response-invalid` also where a secret member is spelled so that it was not recognised
   */
  async callSecret<Value>(
    schema: Schema<Value>,
    request: AgentRequest,
    paths: readonly string[],
  ): Promise<{ readonly value: Value; readonly secrets: ReadonlyMap<string, Uint8Array> }> {
    this.#requireAttested();
    const response = await exchange(this.#session, { ...request, secrets: paths });
    const value = this.#read(schema, request, response);
    if (paths.some((path) => hasMember(response.json, path) && !response.secrets.has(path))) {
      throw new AttestedTlsError('response-invalid', `answer to ${request.path} hides a secret member`);
    }
    return { value, secrets: response.secrets };
  }

  /** Events of a server-sent stream, until the server ends it or the connection fails. */
  async *stream(path: string, signal?: AbortSignal): AsyncGenerator<ServerSentEvent> {
    this.#requireAttested();
    const headers = { accept: 'text/event-stream' };
    const request: AgentRequest = { method: 'GET', path, headers, ...(signal ? { signal } : {}) };
    const begun = await inTime(request, async (timed) => {
      const started = await begin(this.#session, timed);
      if (statusOf(started.headers) === 200) return started;
      throw toProblem(await readResponse(started));
    });
    yield* serverSentEvents(chunksOf(begun.stream));
  }

  /** Ends the connection; requests under way fail. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const ended = new Promise((resolve) => this.#session.once('close', resolve));
    this.#session.destroy();
    await ended;
  }

  #requireAttested(): void {
    if (!this.#attested)
      throw new AttestedTlsError('not-attested', 'the API is not verified on this connection');
  }

  async #call<Value>(schema: Schema<Value>, request: AgentRequest): Promise<Value> {
    return this.#read(schema, request, await exchange(this.#session, request));
  }

  #read<Value>(schema: Schema<Value>, request: AgentRequest, response: AgentResponse): Value {
    if (response.status > 299) throw toProblem(response);
    try {
      return schema.parse(response.json);
    } catch (cause) {
      throw new AttestedTlsError(
        'response-invalid',
        `answer to ${request.path} is not what the contract says`,
        {
          cause,
        },
      );
    }
  }
}

function toProblem({ status, headers, json }: AgentResponse): ProblemError {
  const after = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfter = Number.isFinite(after) ? after : null;
  const problem = problemSchema.safeParse(json).data;
  if (problem) return new ProblemError(problem, { retryAfter, findings: problem.findings ?? [] });
  // An answer that is no problem of ours (a proxy's, say) still has a status to act on.
  const code = `http-${status}`;
  return new ProblemError(
    { status, code, detail: `the API answered ${status}` },
    { retryAfter, findings: [] },
  );
}
