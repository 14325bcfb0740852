import { describe, expect, it } from 'vitest';
import { signIn, signOut } from './sign-in.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';

const CODE = 'asterism_code_mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA';
const SECRET = 'asterism_session_mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA';
const created = {
  token: {
    id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
    name: 'alice',
    kind: 'session',
    bindings: [{ role: 'admin', clusterId: null }],
    createdBy: 'token:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12',
    createdAt: '2026-11-24T10:00:00.000Z',
    expiresAt: '2026-11-24T22:00:00.000Z',
    lastUsedAt: null,
    revokedAt: null,
  },
  secret: SECRET,
};

function fakeApi(answer: () => Response | Promise<Response>) {
  const asked: UpstreamRequest[] = [];
  const upstream: Upstream = (request) => {
    asked.push(request);
    return Promise.resolve().then(answer);
  };
  return { asked, upstream };
}

function request(method: string, body: string | null, headers: Record<string, string> = {}): Request {
  const made = new Request('http://127.0.0.1:7480/session', { method, body });
  const sent = {
    host: '127.0.0.1:7480',
    origin: 'http://127.0.0.1:7480',
    'sec-fetch-site': 'same-origin',
    'x-asterism-console': '1',
    'content-length': String(body?.length ?? 0),
    ...headers,
  };
  Object.defineProperty(made, 'headers', { value: new Headers(sent) });
  return made;
}

const body = JSON.stringify({ code: CODE });
const works = () => Response.json(created, { status: 201 });

describe('signIn', () => {
  it('S32 exchanges the code for a cookie and tells the page nothing', async () => {
    const { asked, upstream } = fakeApi(works);
    const answer = await signIn(request('POST', body), upstream);
    expect(asked).toMatchObject([
      { method: 'POST', path: '/v1/sessions', headers: { authorization: `Bearer ${CODE}` } },
    ]);
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe('');
    expect(answer.headers.getSetCookie()).toEqual([
      `asterism-session-7480=${SECRET}; Path=/; Expires=Tue, 24 Nov 2026 22:00:00 GMT; HttpOnly; SameSite=Strict`,
    ]);
  });

  it('S32 makes the cookie secure where the page came over TLS', async () => {
    const headers = { host: 'console.example', origin: 'https://console.example' };
    const answer = await signIn(request('POST', body, headers), fakeApi(works).upstream);
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-asterism-session=.*; Secure$/);
  });

  it('S32 signs nobody in over plain HTTP from another machine', async () => {
    const { asked, upstream } = fakeApi(works);
    const headers = { host: 'console.example', origin: 'http://console.example' };
    const answer = await signIn(request('POST', body, headers), upstream);
    expect(await answer.json()).toMatchObject({ code: 'request-refused' });
    expect(asked).toEqual([]);
  });

  it('S32 signs nobody in for another site', async () => {
    const { asked, upstream } = fakeApi(works);
    const answer = await signIn(request('POST', body, { origin: 'https://evil.example' }), upstream);
    expect(answer.status).toBe(403);
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(asked).toEqual([]);
  });

  it.each([
    ['no JSON', 'code'],
    ['no code', '{}'],
    ['a code that is no text', '{"code":["asterism_code"]}'],
    ['a code that would start a header', JSON.stringify({ code: `${CODE}\r\nx: y` })],
    ['a body beyond all codes', JSON.stringify({ code: 'x'.repeat(4096) })],
  ])('refuses %s', async (_, text) => {
    const { asked, upstream } = fakeApi(works);
    expect((await signIn(request('POST', text), upstream)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('passes on why a code does not work, and sets no cookie', async () => {
    const problem = {
      code: 'credentials-invalid',
      status: 401,
      title: 'Credentials invalid',
      detail: 'used',
      traceId: 't',
    };
    const answer = await signIn(
      request('POST', body),
      fakeApi(() => Response.json(problem, { status: 401 })).upstream,
    );
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual(problem);
    expect(answer.headers.has('set-cookie')).toBe(false);
  });

  it.each([
    ['an answer without a session', () => Response.json({ ok: true }, { status: 201 })],
    ['an answer that is not JSON', () => new Response('<html>', { status: 502 })],
  ])('does not take %s for success', async (_, answered) => {
    const answer = await signIn(request('POST', body), fakeApi(answered).upstream);
    expect(await answer.json()).toMatchObject({ code: 'api-answer-invalid' });
  });

  it('says when the API cannot be reached', async () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
    });
    const answer = await signIn(request('POST', body), fakeApi(() => Promise.reject(refused)).upstream);
    expect(await answer.json()).toMatchObject({ code: 'api-unreachable' });
  });
});

describe('signOut', () => {
  const signedIn = { cookie: `asterism-session-7480=${SECRET}` };

  it('ends the session at the API and in the browser', async () => {
    const { asked, upstream } = fakeApi(() => new Response(null, { status: 204 }));
    const answer = await signOut(request('DELETE', null, signedIn), upstream);
    expect(asked).toMatchObject([
      { method: 'DELETE', path: '/v1/session', headers: { authorization: `Bearer ${SECRET}` } },
    ]);
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
  });

  it('forgets the session even where the API cannot be told, and says so', async () => {
    const answer = await signOut(
      request('DELETE', null, signedIn),
      fakeApi(() => Promise.reject(new Error('down'))).upstream,
    );
    expect(answer.status).toBe(502);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
  });

  it('S32 signs nobody out for another site', async () => {
    const { asked, upstream } = fakeApi(works);
    const answer = await signOut(
      request('DELETE', null, { ...signedIn, 'sec-fetch-site': 'cross-site' }),
      upstream,
    );
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(asked).toEqual([]);
  });
});
