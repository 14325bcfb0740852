import { createdTokenSchema } from '@asterism/contracts';
import { crossSiteReason } from './cross-site.ts';
import { consoleProblem, toUpstreamProblem } from './problems.ts';
import { readSessionCookie, toExpiredCookies, toSessionCookie } from './session-cookie.ts';
import type { Upstream } from './upstream.ts';

const CODE = /^[\x21-\x7e]{8,512}$/;
const MAX_BODY = 2048;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Exchanges a one-time code for a session, whose secret goes into a cookie that no script can read. The answer says
 * that it worked and nothing else.
 */
export async function signIn(request: Request, upstream: Upstream): Promise<Response> {
  const reason = crossSiteReason(request.method, request.headers);
  if (reason !== null) return consoleProblem('request-refused', reason);
  const origin = new URL(request.headers.get('origin') ?? '');
  const secure = origin.protocol === 'https:';
  if (!secure && !LOOPBACK.test(origin.hostname)) {
    return consoleProblem(
      'request-refused',
      'the console is reached over plain HTTP from another machine: put TLS before it, or run `asterism console` on yours',
    );
  }
  const code = await readCode(request);
  if (code === null) return consoleProblem('request-refused', 'the body is not {"code": …}');
  try {
    const answer = await upstream({
      method: 'POST',
      path: '/v1/sessions',
      headers: { accept: 'application/json', authorization: `Bearer ${code}` },
      body: null,
      signal: request.signal,
    });
    return await toSignedIn(answer, request.headers.get('host'), secure);
  } catch (error) {
    return toUpstreamProblem(error);
  }
}

async function toSignedIn(answer: Response, host: string | null, secure: boolean): Promise<Response> {
  const body: unknown = await answer.json().catch(() => null);
  if (answer.status >= 400 && body !== null) {
    return Response.json(body, {
      status: answer.status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    });
  }
  const created = createdTokenSchema.safeParse(body);
  if (answer.status !== 201 || !created.success) {
    return consoleProblem('api-answer-invalid', `status ${answer.status} without a session`);
  }
  const { secret, token } = created.data;
  const cookie = toSessionCookie(secret, { host, secure, expiresAt: new Date(token.expiresAt) });
  return new Response(null, { status: 204, headers: { 'set-cookie': cookie, 'cache-control': 'no-store' } });
}

/** Ends the session at the API and in the browser. The browser forgets it even where the API cannot be told. */
export async function signOut(request: Request, upstream: Upstream): Promise<Response> {
  const reason = crossSiteReason(request.method, request.headers);
  if (reason !== null) return consoleProblem('request-refused', reason);
  const secret = readSessionCookie(request.headers);
  const answer =
    secret === null ? new Response(null, { status: 204 }) : await endSession(secret, request, upstream);
  for (const cookie of toExpiredCookies(request.headers.get('host')))
    answer.headers.append('set-cookie', cookie);
  return answer;
}

async function endSession(secret: string, { signal }: Request, upstream: Upstream): Promise<Response> {
  try {
    const { status, body } = await upstream({
      method: 'DELETE',
      path: '/v1/session',
      headers: { authorization: `Bearer ${secret}` },
      body: null,
      signal,
    });
    void body?.cancel();
    // 401: it had ended already.
    if (status === 204 || status === 401) return new Response(null, { status: 204 });
    return consoleProblem('api-answer-invalid', `status ${status} where a session was to end`);
  } catch (error) {
    return toUpstreamProblem(error);
  }
}

async function readCode(request: Request): Promise<string | null> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (!(length <= MAX_BODY)) return null;
  const body: unknown = await request.json().catch(() => null);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  return typeof code === 'string' && CODE.test(code) ? code : null;
}
