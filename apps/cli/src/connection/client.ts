import { createClient, type Client } from '@asterism/api-client';
import { Agent, fetch as undiciFetch, type RequestInit as UndiciRequestInit } from 'undici';
import { ApiError, ProblemError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';

const DEADLINE_MS = 60_000;

export interface ApiConnection extends AsyncDisposable {
  readonly client: Client;
}

/** A client of the generated SDK that trusts the endpoint's authority only and sends its token. */
export function connect(endpoint: Endpoint, signal: AbortSignal): ApiConnection {
  const dispatcher = new Agent({
    connect: { ca: endpoint.ca ?? undefined, minVersion: 'TLSv1.3' },
    headersTimeout: DEADLINE_MS,
    // Streams are silent for as long as nothing happens.
    bodyTimeout: 0,
  });
  const client = createClient({
    baseUrl: endpoint.url,
    headers: { authorization: `Bearer ${endpoint.token}` },
    fetch: (input: Request | URL | string, init?: RequestInit) => request(input, init, dispatcher, signal),
  });
  return { client, [Symbol.asyncDispose]: () => dispatcher.destroy() };
}

async function request(
  input: Request | URL | string,
  init: RequestInit | undefined,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<Response> {
  const given = new Request(input, init);
  const body = given.body === null ? null : new Uint8Array(await given.arrayBuffer());
  const options: UndiciRequestInit = {
    method: given.method,
    headers: Object.fromEntries(given.headers),
    body,
    dispatcher,
    redirect: 'error',
    signal: AbortSignal.any([signal, given.signal]),
  };
  try {
    return (await undiciFetch(given.url, options)) as unknown as Response;
  } catch (cause) {
    throw toApiError(given.url, cause);
  }
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function toApiError(url: string, cause: unknown): Error {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as NodeJS.ErrnoException).code ?? (inner instanceof Error ? inner.message : 'unknown');
  const { origin } = new URL(url);
  return UNTRUSTED.test(code)
    ? new ApiError(
        'api-certificate-untrusted',
        `the certificate of ${origin} is not of the given authority (${code})`,
        { cause },
      )
    : new ApiError('api-unreachable', `${origin} does not answer (${code})`, { cause });
}

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response?: Response;
}

/** The data of an answer. @throws ProblemError for a problem, ApiError where it is neither. */
export async function dataOf<Data>(answer: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer;
  if (error === undefined && response?.ok === true) return data as NonNullable<Data>;
  if (error instanceof ApiError) throw error;
  if (isProblem(error)) throw new ProblemError(error);
  throw new ApiError(
    'api-response-invalid',
    `the API answered ${response?.status ?? 'nothing'} without a problem document`,
    {
      cause: error,
    },
  );
}

function isProblem(value: unknown): value is ConstructorParameters<typeof ProblemError>[0] {
  const problem = value as Record<string, unknown> | null;
  return (
    typeof problem === 'object' &&
    problem !== null &&
    typeof problem['code'] === 'string' &&
    typeof problem['detail'] === 'string' &&
    typeof problem['status'] === 'number' &&
    typeof problem['traceId'] === 'string'
  );
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** All items of a list, page by page. */
export async function* pagesOf<Item>(
  read: (cursor: { readonly cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read(cursor === null ? {} : { cursor });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export async function allOf<Item>(
  read: (cursor: { readonly cursor?: string }) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of pagesOf(read)) items.push(...page);
  return items;
}
