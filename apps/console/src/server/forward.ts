import { crossSiteReason } from './cross-site.ts';
import { consoleProblem, toUpstreamProblem } from './problems.ts';
import { readSessionCookie, toExpiredCookies } from './session-cookie.ts';
import type { Upstream } from './upstream.ts';

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Public at the API: keys that verify results, and whether it is sealed. */
const PUBLIC = new Set(['/.well-known/jwks.json', '/health/ready']);
/** What the contract's paths are made of: ids and names, nothing encoded, so that no two servers read it differently. */
const PATH = /^\/v1(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/;
/** Their answers hold a secret, which is not for a page: sign-in has a route of its own, tokens are the CLI's. */
const ANSWERS_WITH_A_SECRET = new Set(['POST /v1/sessions', 'POST /v1/sign-in-links', 'POST /v1/tokens']);

const REQUEST_HEADERS = ['accept', 'content-type', 'if-match', 'idempotency-key', 'last-event-id'];
const RESPONSE_HEADERS = ['content-type', 'etag', 'retry-after'];

/** Whether the proxy passes an operation on. */
export function isForwarded(method: string, path: string): boolean {
  if (PUBLIC.has(path)) return method === 'GET';
  return METHODS.has(method) && PATH.test(path) && !ANSWERS_WITH_A_SECRET.has(`${method} ${path}`);
}

/**
 * Passes a request of a page on to the API with the session of its cookie, and the answer back: problems as they
 * are, streams as they come. The secret goes one way only.
 * @param path below `/api`, as it came
 */
export async function forward(request: Request, path: string, upstream: Upstream): Promise<Response> {
  const { method, headers } = request;
  const reason = crossSiteReason(method, headers);
  if (reason !== null)
    return consoleProblem('request-refused', `${reason}; only the console’s own pages may call it`);
  if (!isForwarded(method, path))
    return consoleProblem('route-unknown', `${method} ${path} is not for the console`);
  const secret = readSessionCookie(headers);
  if (secret === null) return consoleProblem('signed-out', 'there is no session in this browser');
  const answer = await ask(request, path, secret, upstream);
  if (answer.status === 401) {
    for (const cookie of toExpiredCookies(headers.get('host'))) answer.headers.append('set-cookie', cookie);
  }
  return answer;
}

async function ask(request: Request, path: string, secret: string, upstream: Upstream): Promise<Response> {
  const { search } = new URL(request.url);
  try {
    const answer = await upstream({
      method: request.method,
      path: `${path}${search}`,
      headers: { ...pick(request.headers, REQUEST_HEADERS), authorization: `Bearer ${secret}` },
      body: request.body,
      signal: request.signal,
    });
    return toAnswer(answer);
  } catch (error) {
    return toUpstreamProblem(error);
  }
}

function toAnswer(answer: Response): Response {
  if (answer.status >= 300 && answer.status < 400) {
    void answer.body?.cancel();
    return consoleProblem('api-answer-invalid', 'it redirects, which the contract does not');
  }
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      ...pick(answer.headers, RESPONSE_HEADERS),
      // `no-transform` keeps a stream from being held back until there is enough to compress.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}
