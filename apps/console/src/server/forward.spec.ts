import { describe, expect, it } from 'vitest';
import { forward, isForwarded } from './forward.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';

const SECRET = 'asterism_session_mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA';
const ORIGIN = 'http://127.0.0.1:7480';

/** An API that answers one thing and remembers what it was asked. */
function fakeApi(answer: () => Response | Promise<Response>) {
  const asked: UpstreamRequest[] = [];
  const upstream: Upstream = (request) => {
    asked.push(request);
    return Promise.resolve().then(answer);
  };
  return { asked, upstream };
}

function pageRequest(path: string, init: RequestInit = {}, headers: Record<string, string> = {}): Request {
  const request = new Request(`${ORIGIN}/api${path}`, { ...init, ...(init.body ? { duplex: 'half' } : {}) });
  const sent = {
    host: '127.0.0.1:7480',
    origin: ORIGIN,
    'sec-fetch-site': 'same-origin',
    'x-asterism-console': '1',
    cookie: `asterism-session-7480=${SECRET}`,
    ...headers,
  };
  // Node's Request drops headers that only a browser may set; the console's server sees them all.
  Object.defineProperty(request, 'headers', { value: new Headers(sent) });
  return request;
}

const ok = () => Response.json({ items: [] }, { headers: { etag: '"3"' } });

describe('isForwarded', () => {
  it.each([
    ['GET', '/v1/clusters'],
    ['POST', '/v1/clusters/local/nodes/workers-1/attest'],
    ['PATCH', '/v1/clusters/0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'],
    ['PUT', '/v1/clusters/local/access'],
    ['DELETE', '/v1/clusters/local'],
    ['GET', '/.well-known/jwks.json'],
    ['GET', '/health/ready'],
  ])('passes %s %s on', (method, path) => {
    expect(isForwarded(method, path)).toBe(true);
  });

  it.each([
    ['GET', '/metrics'],
    ['GET', '/health/live'],
    ['POST', '/health/ready'],
    ['GET', '/docs'],
    ['POST', '/agent/v1/enrolments'],
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1x/clusters'],
    ['GET', '/v1/../metrics'],
    ['GET', '/v1/clusters/..'],
    ['GET', '/v1//clusters'],
    ['GET', '/v1/clusters/%2e%2e/x'],
    ['GET', '/v1/clusters/a%2fb'],
    ['GET', '/v1/clusters\\..'],
    ['GET', '//evil.example/v1/clusters'],
    ['GET', '/v1/clusters@evil.example'],
    ['TRACE', '/v1/clusters/local'],
    ['TRACE', '/v1/clusters'],
    ['POST', '/.well-known/jwks.json'],
  ])('S32 does not pass %s %s on', (method, path) => {
    expect(isForwarded(method, path)).toBe(false);
  });

  it.each(['/v1/sessions', '/v1/sign-in-links', '/v1/tokens'])(
    'S32 does not pass on a POST to %s, whose answer is a secret',
    (path) => {
      expect(isForwarded('POST', path)).toBe(false);
    },
  );
});

describe('forward', () => {
  it('asks the API with the session of the cookie and the headers of the contract', async () => {
    const { asked, upstream } = fakeApi(ok);
    const headers = {
      'if-match': '"2"',
      'idempotency-key': 'k1',
      'last-event-id': '42',
      accept: 'application/json',
      'x-forwarded-for': '10.0.0.1',
      authorization: 'Bearer of-somebody-else',
    };
    await forward(pageRequest('/v1/clusters?limit=5', {}, headers), '/v1/clusters', upstream);
    expect(asked).toMatchObject([
      {
        method: 'GET',
        path: '/v1/clusters?limit=5',
        headers: {
          authorization: `Bearer ${SECRET}`,
          'if-match': '"2"',
          'idempotency-key': 'k1',
          'last-event-id': '42',
          accept: 'application/json',
        },
      },
    ]);
    expect(Object.keys(asked[0]?.headers ?? {})).not.toContain('cookie');
    expect(Object.keys(asked[0]?.headers ?? {})).not.toContain('x-forwarded-for');
  });

  it('passes the answer on with its ETag and without anything that is not for the page', async () => {
    const { upstream } = fakeApi(() =>
      Response.json(
        { ok: true },
        { headers: { etag: '"3"', 'set-cookie': 'api=1', server: 'x', 'access-control-allow-origin': '*' } },
      ),
    );
    const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', upstream);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'application/json',
      etag: '"3"',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(await answer.json()).toEqual({ ok: true });
  });

  it('S29 never gives the session’s secret to the page, whatever happens', async () => {
    const answers: (() => Response | Promise<Response>)[] = [
      ok,
      () => Response.json({ code: 'internal' }, { status: 500 }),
      () => new Response(null, { status: 302, headers: { location: `https://evil.example/?${SECRET}` } }),
      () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED', authorization: SECRET } }),
        ),
    ];
    for (const each of answers) {
      const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', fakeApi(each).upstream);
      const seen = `${JSON.stringify([...answer.headers])}${await answer.text()}`;
      expect(seen).not.toContain(SECRET);
    }
  });

  it('passes problems on as they are, with Retry-After', async () => {
    const problem = {
      code: 'rate-limited',
      status: 429,
      title: 'Rate limited',
      detail: 'slow down',
      traceId: 't',
    };
    const { upstream } = fakeApi(() =>
      Response.json(problem, {
        status: 429,
        headers: { 'retry-after': '3', 'content-type': 'application/problem+json' },
      }),
    );
    const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', upstream);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(await answer.json()).toEqual(problem);
  });

  it('passes a stream on as it comes', async () => {
    const source = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    const writer = source.writable.getWriter();
    const { upstream } = fakeApi(
      () => new Response(source.readable, { headers: { 'content-type': 'text/event-stream' } }),
    );
    const answer = await forward(pageRequest('/v1/events'), '/v1/events', upstream);
    const reader = answer.body?.getReader();
    void writer.write(new TextEncoder().encode('id: 1\n\n'));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('id: 1\n\n');
    expect(answer.headers.get('cache-control')).toContain('no-transform');
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }, 'request-refused'],
    ['nobody who is signed in', { cookie: '' }, 'signed-out'],
  ])('S32 asks the API nothing for %s', async (_, headers, code) => {
    const { asked, upstream } = fakeApi(ok);
    const answer = await forward(
      pageRequest('/v1/clusters', { method: 'POST', body: '{}' }, headers),
      '/v1/clusters',
      upstream,
    );
    expect(await answer.json()).toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  it('forgets a session that the API no longer knows', async () => {
    const { upstream } = fakeApi(() => Response.json({ code: 'credentials-invalid' }, { status: 401 }));
    const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', upstream);
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()[0]).toContain(
      'asterism-session-7480=; Path=/; Expires=Thu, 01 Jan 1970',
    );
  });

  it.each([
    ['api-unreachable', 'ECONNREFUSED'],
    ['api-certificate-untrusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['api-certificate-untrusted', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('says %s for %s', async (code, cause) => {
    const { upstream } = fakeApi(() =>
      Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error(cause), { code: cause }) }),
      ),
    );
    const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', upstream);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code, status: 502 });
  });

  it('does not follow a redirect', async () => {
    const { asked, upstream } = fakeApi(
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
    );
    const answer = await forward(pageRequest('/v1/clusters'), '/v1/clusters', upstream);
    expect(await answer.json()).toMatchObject({ code: 'api-answer-invalid' });
    expect(asked).toHaveLength(1);
  });
});
