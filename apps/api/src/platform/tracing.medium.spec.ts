import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTestDatabase } from '@asterism/testkit';
import { serveTestOperators } from '../testing/test-operator-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';
import { Platform } from './platform.ts';
import { openTracing } from './tracing.ts';

interface Span {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly intValue?: number } }[];
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

describe('openTracing', () => {
  it('sends a span a request to the collector, in the caller’s trace, without a secret', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(`${request.url ?? ''}\n${body}`);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const random = (length: number) => new Uint8Array(randomBytes(length));
    const tracer = openTracing({ endpoint: `http://127.0.0.1:${port}`, version: '0.1.0', random });
    const test = await startTestDatabase();
    const { platform, stop } = await createTestPlatform(test.database);
    const operators = await serveTestOperators(new Platform({ ...platform, tracer }));
    try {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
      await operators.ask('GET /v1/session?secret=in-the-address', { headers: { traceparent } });
      const own = await operators.ask('GET /v1/clusters/secret-name', { token: 'wrong-token' });
      await operators.close();
      await tracer.stop();
      const spans = bodies.flatMap((body) =>
        (JSON.parse(body.slice(body.indexOf('\n'))) as Export).resourceSpans
          .flatMap(({ scopeSpans }) => scopeSpans)
          .flatMap((scope) => scope.spans),
      );
      expect(bodies[0]).toMatch(/^\/v1\/traces\n/);
      expect(spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
        ['readSession', '00f067aa0ba902b7'],
        ['readCluster', undefined],
      ]);
      expect(spans.map((span) => span.traceId)).toEqual([traceId, own.body.traceId]);
      expect(spans[1]?.attributes[0]).toMatchObject({
        key: 'http.response.status_code',
        value: { intValue: 401 },
      });
      for (const secret of [operators.admin.secret, 'wrong-token', 'secret-name', 'in-the-address']) {
        expect(bodies.join('')).not.toContain(secret);
      }
    } finally {
      await stop();
      await test.stop();
      collector.close();
    }
  });
});
