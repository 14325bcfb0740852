import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { KekFault } from './kek-peer.ts';

/** What is sent in the place of the service's answer, as it goes over the wire. */
export type CannedFault = 'broken' | 'throttled' | 'garbage' | 'empty';

export interface FaultyProxyOptions {
  /** Port of the service on the loopback, without TLS. */
  readonly upstream: number;
  readonly canned: Readonly<Record<CannedFault, Uint8Array>>;
  /** Ends TLS here, where clients insist on it. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Requests come in one piece or close to it. */
const QUIET_MS = 10;
const NOTICE_MS = 20;

/** Stands between a client and a service, for any protocol in which the client speaks first. */
export class FaultyProxy {
  readonly #options: FaultyProxyOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;
  #fault: KekFault | undefined;

  private constructor(options: FaultyProxyOptions) {
    this.#options = options;
    this.#server = this.#listener();
  }

  static async start(options: FaultyProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://localhost:${this.#port}`;
  }

  /** Connections that are open end with every change, and clients are given the time to notice. */
  async fault(fault: KekFault | undefined): Promise<void> {
    const was = this.#fault;
    this.#fault = fault;
    for (const socket of this.#sockets) socket.destroy();
    if (fault === 'down') await this.#close();
    else if (was === 'down') {
      this.#server = this.#listener();
      await this.#listen();
    }
    await sleep(NOTICE_MS);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#fault !== 'down') await this.#close();
  }

  #listener(): Server {
    const { tls } = this.#options;
    const serve = (socket: Socket) => this.#serve(socket);
    return tls === undefined
      ? createServer(serve)
      : createTlsServer(tls, serve).on('connection', (socket: Socket) => this.#keep(socket));
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  #close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }

  #serve(client: Socket): void {
    this.#keep(client);
    const fault = this.#fault;
    if (fault === undefined || fault === 'reset') this.#pass(client, fault === 'reset');
    else if (fault !== 'hang' && fault !== 'down') this.#answer(client, this.#options.canned[fault]);
  }

  #pass(client: Socket, cut: boolean): void {
    const service = connect(this.#options.upstream, '127.0.0.1');
    this.#keep(service);
    client.pipe(service);
    client.on('close', () => service.destroy());
    service.on('close', () => client.destroy());
    if (cut)
      service.once('data', (data) => client.write(data.subarray(0, data.length / 2), () => client.destroy()));
    else service.pipe(client);
  }

  #answer(client: Socket, canned: Uint8Array): void {
    let timer: NodeJS.Timeout | undefined;
    client.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(() => client.end(canned), QUIET_MS);
    });
  }
}

/** An HTTP answer, as it goes over the wire. */
export function httpAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): Uint8Array {
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} Of a test\r\n${lines.join('')}\r\n${body}`);
}
