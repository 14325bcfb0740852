import type { Problem } from '@asterism/contracts';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

let api: TestOperatorApi;
beforeAll(async () => {
  api = await startTestOperatorApi();
});
afterAll(() => api.stop());

const CREATE = 'POST /v1/clusters';
const BODY = { name: 'bounds', kubernetesMode: 'none', description: '' };

/** Writes bytes as they are and reads until the server closes. */
function speak(bytes: string): Promise<string> {
  const { port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

describe('problems', () => {
  it('are RFC 9457 documents with a code and the trace id of the answer', async () => {
    const { status, headers, body } = await api.ask('GET /v1/clusters/unknown');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: 'https://asterism.dev/problems/cluster-unknown',
      title: 'Cluster unknown',
      status: 404,
      detail: 'no such cluster',
      code: 'cluster-unknown',
      traceId: headers.get('x-trace-id'),
    });
  });

  it('name a route that is not there, whoever asks', async () => {
    for (const token of [undefined, api.admin.secret]) {
      const { status, body } = await api.ask('GET /v2/clusters?token=secret', { token });
      expect([status, body.code]).toEqual([404, 'route-unknown']);
    }
  });

  it.each([
    ['PUT /v1/clusters', 'GET, POST'],
    ['OPTIONS /v1/clusters/production', 'DELETE, GET, PATCH'],
    ['POST /v1/clusters/production/pools/workers/policies/1', 'GET'],
    ['GET /v1/clusters/production/pools/workers/policies/dry-run', 'POST'],
    ['QUERY /v1/clusters', 'GET, POST'],
    ['PROPFIND /v1/session', 'DELETE, GET'],
  ])('answer %s with the methods that there are', async (route, allow) => {
    const { status, headers, text } = await api.ask(route);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect((JSON.parse(text) as Problem).code).toBe('method-not-allowed');
  });

  it('answer HEAD like any method that is not there', async () => {
    const { status, headers } = await api.ask('HEAD /v1/session');
    expect([status, headers.get('allow')]).toEqual([405, 'DELETE, GET']);
  });

  it('say how to be told who calls', async () => {
    const { headers } = await api.ask('GET /v1/session', { token: undefined });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('bodies', () => {
  it.each<[string, { bytes?: Uint8Array | string; headers?: Record<string, string> }, number, string]>([
    ['no JSON', { bytes: '{"name":' }, 400, 'request-invalid'],
    ['an array for an object', { bytes: '[]' }, 400, 'request-invalid'],
    ['null', { bytes: 'null' }, 400, 'request-invalid'],
    ['nothing', { bytes: '' }, 400, 'request-invalid'],
    ['33 levels', { bytes: '['.repeat(33) + ']'.repeat(33) }, 400, 'body-too-deep'],
    ['1 MiB and a byte', { bytes: `"${'a'.repeat(1_048_575)}"` }, 413, 'body-too-large'],
    [
      'a form',
      { bytes: 'name=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'media-type-unsupported',
    ],
    ['text', { bytes: '{}', headers: { 'content-type': 'text/plain' } }, 415, 'media-type-unsupported'],
    [
      'JSON said to be XML',
      { bytes: '{}', headers: { 'content-type': 'application/xml' } },
      415,
      'media-type-unsupported',
    ],
  ])('refuses %s', async (_, sent, status, code) => {
    const answer = await api.ask(CREATE, sent);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('takes a body of exactly 1 MiB as far as the contract', async () => {
    const padding = 1_048_576 - JSON.stringify({ ...BODY, description: '' }).length;
    const { status, body } = await api.ask(CREATE, { body: { ...BODY, description: 'a'.repeat(padding) } });
    expect([status, body.code]).toEqual([400, 'request-invalid']);
    expect(body.errors?.map(({ path }) => path)).toEqual(['body.description']);
  });

  it('names every field that does not fit, and no value', async () => {
    const sent = { name: 'Has Spaces', kubernetesMode: 'all', surprise: 'hunter2' };
    const { body, text } = await api.ask(CREATE, { body: sent });
    expect(body.code).toBe('request-invalid');
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(['body', 'body.kubernetesMode', 'body.name']);
    expect(text).toContain('surprise');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('Has Spaces');
  });

  it('refuses a body where none is taken, and unknown fields of a query', async () => {
    const pool = 'GET /v1/clusters/production/pools/workers';
    expect((await api.ask('POST /v1/sign-in-links', { body: {} })).body.code).toBe('request-invalid');
    expect((await api.ask(`${pool}?expand=all`)).body.errors?.[0]?.path).toBe('query');
    expect((await api.ask('GET /v1/clusters?limit=201')).body.errors?.[0]?.path).toBe('query.limit');
    expect((await api.ask('GET /v1/clusters?limit=1&limit=2')).body.code).toBe('request-invalid');
  });

  it('asks who calls before it reads what is sent', async () => {
    const answer = await api.ask(CREATE, { token: undefined, bytes: '{' });
    expect(answer.body.code).toBe('credentials-missing');
  });
});

describe('bytes that are no request', () => {
  it('get a problem and the connection is closed', async () => {
    const answer = await speak('NONSENSE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect((JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Problem).code).toBe('request-invalid');
  });

  it.each([
    ['%', '/v1/clusters/%E0%A4%A'],
    ['a NUL', '/v1/clusters/%00'],
    ['dots', '/v1/clusters/..%2f..%2fetc'],
    ['a long name', `/v1/clusters/${'a'.repeat(2_000)}`],
  ])('in an address (%s) get a problem of the contract', async (_, path) => {
    const answer = await speak(
      `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.admin.secret}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    const { code } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Problem;
    expect(['request-invalid', 'cluster-unknown', 'route-unknown']).toContain(code);
  });

  it('of two lengths for one body are refused', async () => {
    const answer = await speak(
      'POST /v1/clusters HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('headers', () => {
  it('of every answer keep it out of caches, frames and guesses', async () => {
    for (const route of [
      'GET /v1/clusters',
      'GET /nothing',
      'GET /health/live',
      'GET /openapi/operator.v1.json',
    ]) {
      const { headers } = await api.ask(route);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
      });
      expect(headers.get('server')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('of the pages allow scripts of this origin only', async () => {
    const { status, headers, text } = await api.ask('GET /docs', { token: undefined });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(text).not.toMatch(/https?:\/\//);
  });

  it('go on with the caller’s trace, and start one where what he sent is none', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const ask = async (traceparent: string) =>
      (await api.ask('GET /health/live', { headers: { traceparent } })).headers.get('x-trace-id');
    expect(await ask(`00-${traceId}-00f067aa0ba902b7-01`)).toBe(traceId);
    for (const wrong of [
      '',
      'x',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `ff-${traceId}-00f067aa0ba902b7-01`,
    ]) {
      expect(await ask(wrong)).toMatch(/^(?!4bf92f)[0-9a-f]{32}$/);
    }
  });
});

describe('rate limits', () => {
  it('count a principal and an address, and say when to come back', async () => {
    const rate = { perSecond: 1, burst: 3 };
    const limited = await startTestOperatorApi({
      limits: { principal: rate, address: { perSecond: 1, burst: 10 } },
    });
    try {
      const other = await limited.token([{ role: 'viewer', clusterId: null }]);
      const statuses = [];
      for (let n = 0; n < 4; n++) statuses.push((await limited.ask('GET /v1/session')).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await limited.ask('GET /v1/session');
      expect(refused.body.code).toBe('rate-limited');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await limited.ask('GET /v1/session', { token: other.secret })).status).toBe(200);
      for (let n = 0; n < 5; n++) await limited.ask('GET /health/live', { token: undefined });
      expect((await limited.ask('GET /health/live', { token: undefined })).body.code).toBe('rate-limited');
    } finally {
      await limited.stop();
    }
  });
});
