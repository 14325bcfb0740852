import { KekError, type KekErrorCode } from '@asterism/keys';
import { Agent, request, type Dispatcher } from 'undici';
import { isNetworkFault } from '../network-fault.ts';

const MOST_BYTES = 65_536;

export interface VaultAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly retryAfter: number | undefined;
}

export interface VaultRequest {
  readonly method: 'GET' | 'POST';
  /** After `/v1/`. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly signal?: AbortSignal | undefined;
}

/** HTTP to one Vault: bounded answers, no redirects (a standby's would carry the token to whoever it names). */
export class VaultHttp {
  readonly #origin: string;
  readonly #namespace: string | undefined;
  readonly #dispatcher: Dispatcher;

  constructor(options: { origin: string; namespace: string | undefined; ca: string[] | undefined }) {
    this.#origin = options.origin.replace(/\/$/, '');
    this.#namespace = options.namespace;
    this.#dispatcher = new Agent({
      connect: options.ca === undefined ? {} : { ca: options.ca },
      connections: 16,
    });
  }

  /** @throws KekError `kek-unreachable`, `kek-response-invalid` */
  async send({ method, path, body, token, signal }: VaultRequest): Promise<VaultAnswer> {
    try {
      const {
        statusCode,
        headers,
        body: stream,
      } = await request(`${this.#origin}/v1/${path}`, {
        method,
        dispatcher: this.#dispatcher,
        headers: {
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(this.#namespace === undefined ? {} : { 'x-vault-namespace': this.#namespace }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ?? null,
      });
      const seconds = Number(headers['retry-after']);
      const retryAfter = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) : undefined;
      return { status: statusCode, json: await readJson(stream), retryAfter };
    } catch (error) {
      if (error instanceof KekError) throw error;
      if (isNetworkFault(error))
        throw new KekError('kek-unreachable', 'Vault does not answer', { cause: error });
      throw new KekError('kek-response-invalid', 'Vault answered what is no HTTP', { cause: error });
    }
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }
}

async function readJson(stream: AsyncIterable<Buffer>): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > MOST_BYTES)
      throw new KekError('kek-response-invalid', 'Vault answered too much', { want: MOST_BYTES });
    parts.push(part);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** HTTP API of Vault, "HTTP status codes": 412, 472 and 473 are states of a replica, 503 is sealed or in maintenance. */
const STATUS: Readonly<Record<number, KekErrorCode>> = {
  403: 'kek-denied',
  404: 'kek-unknown',
  412: 'kek-unreachable',
  429: 'kek-throttled',
  472: 'kek-unreachable',
  473: 'kek-unreachable',
};

/** @throws KekError for everything but an answer with data. @param badRequest what 400 means for this operation */
export function requireData(
  answer: VaultAnswer,
  badRequest: (errors: string) => KekErrorCode,
): Record<string, unknown> {
  const { status, json, retryAfter } = answer;
  if (status === 200) {
    const { data, auth } = (json ?? {}) as { data?: unknown; auth?: unknown };
    const content = data ?? auth;
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
    throw new KekError('kek-response-invalid', 'the answer of Vault holds no data');
  }
  const wait = retryAfter === undefined ? {} : { retryAfter };
  const code = STATUS[status] ?? (status >= 500 ? 'kek-unreachable' : undefined);
  if (code !== undefined) throw new KekError(code, `Vault answered ${status}`, { got: status, ...wait });
  if (status === 400)
    throw new KekError(badRequest(errorsOf(json)), 'Vault refused the request', { got: status });
  throw new KekError('kek-response-invalid', `Vault answered ${status}`, { got: status });
}

function errorsOf(json: unknown): string {
  const { errors } = (json ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors.map(String).join('; ').slice(0, 500) : '';
}
