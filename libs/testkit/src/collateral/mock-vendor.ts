import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';

export interface VendorPage {
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a vendor's service, or the network before it, does to whoever asks. */
export type VendorFault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The answer's head, or its body, comes so much later. */
  | { readonly kind: 'slow-head' | 'slow-body'; readonly milliseconds: number }
  /** The connection ends in the middle of the body, or before any answer. */
  | { readonly kind: 'truncated' | 'reset' }
  /** A body without an end. */
  | { readonly kind: 'endless' }
  /** Another page's content in place of what was asked for. */
  | { readonly kind: 'other-page'; readonly page: VendorPage };

export interface MockVendorOptions {
  /** PEM of certificate and key: HTTPS; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A web service of a vendor's on the loopback: pages by path and query, exactly as they are asked for. */
export class MockVendor implements AsyncDisposable {
  readonly base: URL;
  /** Path and query of every request, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pages = new Map<string, VendorPage>();
  readonly #faults: { readonly path: string; readonly fault: VendorFault; left: number }[] = [];

  private constructor(server: Server, base: URL) {
    this.#server = server;
    this.base = base;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request.url ?? '', response).catch(() => response.destroy());
    });
  }

  static async start({ tls }: MockVendorOptions = {}): Promise<MockVendor> {
    const server = tls === undefined ? createHttp() : createHttps(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new MockVendor(server, new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`));
  }

  publish(path: string, page: VendorPage): this {
    this.#pages.set(path, page);
    return this;
  }

  withdraw(path: string): this {
    this.#pages.delete(path);
    return this;
  }

  /** The next `times` requests whose path begins so meet the fault; all of them unless said. */
  fail(path: string, fault: VendorFault, times = Infinity): this {
    this.#faults.push({ path, fault, left: times });
    return this;
  }

  recover(): this {
    this.#faults.length = 0;
    return this;
  }

  count(path: string): number {
    return this.requests.filter((asked) => asked.startsWith(path)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    this.requests.push(path);
    const found = this.#faults.find((entry) => entry.left > 0 && path.startsWith(entry.path));
    if (found !== undefined) found.left -= 1;
    const page = this.#pages.get(path);
    if (found !== undefined) await meet(found.fault, page ?? { body: '' }, response);
    else if (page === undefined) response.writeHead(404).end('Not Found');
    else send(page, response);
  }
}

function send({ body, headers }: VendorPage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

async function meet(fault: VendorFault, page: VendorPage, response: ServerResponse): Promise<void> {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, fault.headers).end('no');
      return;
    case 'slow-head':
      await pause(fault.milliseconds);
      send(page, response);
      return;
    case 'slow-body':
      response.writeHead(200, { 'content-length': Buffer.byteLength(page.body), ...page.headers });
      response.write(page.body.slice(0, 1));
      await pause(fault.milliseconds);
      response.end(page.body.slice(1));
      return;
    case 'truncated': {
      const length = Buffer.byteLength(page.body);
      response.writeHead(200, { 'content-length': length, ...page.headers });
      response.write(page.body.slice(0, Math.floor(length / 2)), () => response.socket?.end());
      return;
    }
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'endless':
      response.writeHead(200, page.headers);
      while (response.writable) {
        if (!response.write(new Uint8Array(64 * 1024))) await drained(response);
      }
      return;
    case 'other-page':
      send(fault.page, response);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
