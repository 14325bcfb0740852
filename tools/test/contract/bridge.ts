import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawPeer } from '../../../apps/api/src/testing/raw-peer.ts';

export interface Bridge {
  readonly url: string;
  close(): void;
}

/** Headers of HTTP/1.1 that say something about its own connection. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'host',
  'upgrade',
  'transfer-encoding',
  'proxy-connection',
]);

/**
 * Plain HTTP on loopback in front of one connection to the node listener: every request goes on that connection as it
 * came, whatever its method, headers and body. When the API has ended the connection, `open` makes the next one.
 */
export async function startBridge(open: () => Promise<RawPeer>): Promise<Bridge> {
  let peer: Promise<RawPeer> | undefined;
  const current = async (): Promise<RawPeer> => {
    const known = await peer?.catch(() => undefined);
    if (known !== undefined && !known.session.closed && !known.session.destroyed) return known;
    return (peer = open());
  };
  const server = createServer((request, response) => {
    forward(request, response, current).catch((error: unknown) => {
      // Not an answer of the API: what reads it must fail.
      response.writeHead(599).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
      peer?.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  current: () => Promise<RawPeer>,
): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) body.push(chunk);
  const headers = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const { session } = await current();
  const sent = Buffer.concat(body);
  const stream = session.request(
    { ...Object.fromEntries(headers), ':method': request.method ?? 'GET', ':path': request.url ?? '/' },
    // Said for every method, because Node takes it that a GET has no body.
    { endStream: sent.length === 0 },
  );
  if (sent.length > 0) stream.end(sent);
  const answered = await new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the API closed the stream without an answer')));
  });
  const kept = Object.entries(answered).filter(([name]) => !name.startsWith(':') && !HOP_BY_HOP.has(name));
  response.writeHead(Number(answered[':status']), Object.fromEntries(kept) as Record<string, string>);
  stream.on('error', () => response.destroy());
  stream.pipe(response);
  await once(response, 'close');
}
