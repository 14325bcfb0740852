import { readFileSync } from 'node:fs';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Changes a JSON answer on its way from the API; returns the answer to pass on. */
export type Alteration = (path: string, body: unknown) => unknown;

export interface AlteringProxy {
  readonly url: string;
  /** How many answers were changed, so that a test can prove that it had an effect. */
  altered(): number;
  close(): Promise<void>;
}

/**
 * Sits between the console and the API as an attacker who holds a certificate that the console accepts.
 * Everything passes unchanged, streams included, but JSON answers that `alter` changes.
 */
export async function startAlteringProxy(options: {
  apiUrl: string;
  apiCaFile: string;
  key: string;
  certificate: string;
  alter: Alteration;
}): Promise<AlteringProxy> {
  const api = new URL(options.apiUrl);
  const ca = readFileSync(options.apiCaFile);
  let count = 0;
  const server = createServer({ key: options.key, cert: options.certificate }, (incoming, outgoing) => {
    const upstream = httpsRequest(
      {
        host: api.hostname,
        port: api.port,
        ca,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: api.host, 'accept-encoding': 'identity' },
      },
      (answer) => {
        const type = answer.headers['content-type'] ?? '';
        if (!type.startsWith('application/json')) {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const original = Buffer.concat(chunks).toString('utf8');
          const changed = JSON.stringify(options.alter(incoming.url ?? '', JSON.parse(original)));
          if (changed !== JSON.stringify(JSON.parse(original))) count += 1;
          const headers = { ...answer.headers };
          delete headers['transfer-encoding'];
          outgoing.writeHead(answer.statusCode ?? 502, {
            ...headers,
            'content-length': Buffer.byteLength(changed),
          });
          outgoing.end(changed);
        });
      },
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    altered: () => count,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
