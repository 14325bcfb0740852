import { fromBase64url, toBase64url } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readThimCertificates, requestTdQuote } from './azure-imds.ts';

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

let stop: () => void = () => undefined;
afterEach(() => stop());

/** A metadata service on the loopback. */
async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => handler(request, Buffer.concat(parts).toString(), response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const REPORT = new Uint8Array(randomBytes(1024));
const ask = (base: string, timeout = 2_000) => requestTdQuote(REPORT, { base, timeout });
const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

describe('requestTdQuote', () => {
  it("posts the TD's report and gives the quote", async () => {
    const quote = new Uint8Array(randomBytes(4_936));
    const seen: unknown[] = [];
    const base = await serve((request, body, response) => {
      seen.push(request.method, request.url, request.headers.metadata, request.headers['content-type']);
      seen.push(fromBase64url(JSON.parse(body).report as string));
      json(response, 200, { quote: toBase64url(quote) });
    });
    expect(await ask(base)).toEqual(quote);
    expect(seen).toEqual(['POST', '/acc/tdquote', 'true', 'application/json', REPORT]);
  });

  it.each<[string, string, Handler]>([
    ['an error', 'device-failed', (_, __, response) => json(response, 400, { error: 'Bad request' })],
    ['no JSON', 'response-malformed', (_, __, response) => response.end('<html>')],
    ['no object', 'response-malformed', (_, __, response) => json(response, 200, null)],
    ['no quote', 'response-malformed', (_, __, response) => json(response, 200, { other: 'AAAA' })],
    [
      'a quote that is no base64url',
      'response-malformed',
      (_, __, response) => json(response, 200, { quote: '%' }),
    ],
    ['without end', 'too-large', (_, __, response) => response.end('x'.repeat(300_000))],
    ['elsewhere', 'unreachable', (_, __, response) => response.writeHead(302, { location: '/other' }).end()],
    ['not at all', 'timeout', () => undefined],
  ])('takes an answer that is %s for %s', async (_, code, handler) => {
    await expect(ask(await serve(handler), 300)).rejects.toMatchObject({ code });
  });

  it('says that there is no such service', async () => {
    const base = await serve(() => undefined);
    stop();
    await expect(ask(base)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('readThimCertificates', () => {
  it("gives the processor's certificate and its issuers, in order", async () => {
    const [vcek, ask, ark] = [1, 2, 3].map((byte) => new Uint8Array(40).fill(byte)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const base = await serve((request, _, response) => {
      const found = request.method === 'GET' && request.url === '/metadata/THIM/amd/certification';
      json(response, found ? 200 : 404, {
        vcekCert: pem(vcek),
        certificateChain: pem(ask) + pem(ark),
        tcbm: '1',
      });
    });
    expect(await readThimCertificates({ base, timeout: 2_000 })).toEqual([vcek, ask, ark]);
  });

  it('refuses what is no certificate', async () => {
    const base = await serve((_, __, response) =>
      json(response, 200, { vcekCert: 'none', certificateChain: '' }),
    );
    await expect(readThimCertificates({ base, timeout: 2_000 })).rejects.toMatchObject({
      code: 'response-malformed',
    });
  });
});
