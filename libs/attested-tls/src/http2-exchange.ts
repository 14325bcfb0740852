import { concat, fromUtf8 } from '@asterism/bytes';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { AttestedTlsError } from './errors.ts';
import { cutSecrets } from './secret-fields.ts';
import { wipeRemnants } from './wipe-remnants.ts';

const MAX_RESPONSE = 1024 * 1024;
/** Milliseconds. Pings show that a peer is alive, not that it ever answers. */
const RESPONSE_TIMEOUT = 30_000;

export interface AgentRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole answer, 30,000 unless said; of a stream, for its headers. */
  readonly timeout?: number;
  /** Bytes of the answer at most, 1 MiB unless said. */
  readonly maximum?: number;
  /** Members of the response that are secret, by path: cut out of its bytes, which are wiped, before it is parsed. */
  readonly secrets?: readonly string[];
}

export interface AgentResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed body; null where the response has none. */
  readonly json: unknown;
  /** Characters of the secret members that are there; `json` has as many `A` in their place. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
}

/** One request and its whole response on a session. @throws AttestedTlsError `timeout` */
export function exchange(session: ClientHttp2Session, request: AgentRequest): Promise<AgentResponse> {
  return inTime(request, async (timed) => readResponse(await begin(session, timed), request));
}

/** Does `work` with a request that is aborted when its time is over. @throws AttestedTlsError `timeout` */
export async function inTime<Result>(
  request: AgentRequest,
  work: (timed: AgentRequest) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const timeout = request.timeout ?? RESPONSE_TIMEOUT;
  const timer = setTimeout(() => late.abort(), timeout);
  const signal = request.signal ? AbortSignal.any([request.signal, late.signal]) : late.signal;
  try {
    return await work({ ...request, signal });
  } catch (cause) {
    if (!late.signal.aborted) throw cause;
    throw new AttestedTlsError('timeout', `no answer to ${request.path} in time`, {
      want: `${timeout} ms`,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

export interface Begun {
  readonly stream: ClientHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/** @throws AttestedTlsError `response-too-large`, `response-invalid` where the body is not JSON */
export async function readResponse(
  { stream, headers }: Begun,
  { maximum = MAX_RESPONSE, secrets: secretPaths = [] }: Pick<AgentRequest, 'maximum' | 'secrets'> = {},
): Promise<AgentResponse> {
  const chunks = await bodyOf(stream, maximum);
  const body = concat(...chunks);
  if (secretPaths.length > 0) for (const chunk of chunks) chunk.fill(0);
  const secrets = cutSecrets(body, secretPaths);
  if (secretPaths.length > 0) await wipeRemnants(body.length);
  return { status: statusOf(headers), headers, json: parse(body), secrets };
}

/**
 * By events: the stream of a short response may be closed before its body is read, which an iterator takes for a body that
 * broke off. A stream that has come to its end is left to close: a reset for each answer is what a server takes for an attack
 * (Node: 1,000, then 33 a second).
 */
function bodyOf(stream: ClientHttp2Stream, maximum: number): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    stream.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= maximum) return;
      reject(new AttestedTlsError('response-too-large', 'response is over its bound', { want: maximum }));
      stream.destroy();
    });
    stream.once('end', () => resolve(chunks));
    stream.once('error', (cause) => reject(closed(cause)));
    stream.once('close', () => reject(closed()));
  });
}

/** Body of a response as it comes. Leaving the loop ends the stream. */
export async function* chunksOf(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw closed(cause);
  } finally {
    stream.destroy();
  }
}

/** Sends a request and waits for the response's headers; the body is still to come. */
export async function begin(session: ClientHttp2Session, request: AgentRequest): Promise<Begun> {
  if (session.closed || session.destroyed) throw closed();
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  const stream = session.request(
    {
      accept: 'application/json',
      ...request.headers,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ':method': request.method,
      ':path': request.path,
    },
    { endStream: body === null, ...(request.signal ? { signal: request.signal } : {}) },
  );
  const headers = new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', (cause) => reject(closed(cause)));
    stream.once('close', () => reject(closed()));
  });
  // A stream that fails after its headers reports through its iterator; without a listener it would end the process.
  stream.on('error', () => undefined);
  if (body !== null) stream.end(body);
  return { stream, headers: await headers };
}

export function statusOf(headers: IncomingHttpHeaders): number {
  return Number(headers[':status'] ?? 0);
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new AttestedTlsError('response-invalid', 'response is not JSON', { cause });
  }
}

function closed(cause?: unknown): AttestedTlsError {
  if (cause instanceof AttestedTlsError) return cause;
  return new AttestedTlsError('connection-closed', 'connection to the API is closed', { cause });
}
