import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { FaultyProxy, type CannedFault } from './faulty-proxy.ts';
import type { KekFault, KekPeer } from './kek-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

interface Files {
  readonly certificateFile: string;
  readonly keyFile: string;
}

interface Started {
  readonly port: number;
  readonly elsewhere: number;
  readonly keys: readonly [string, string, string];
  readonly caFile: string;
  readonly server: Files;
  readonly own: Files;
  readonly denied: Files;
  readonly stranger: Files;
}

/** KMIP 1.4, §9.1: an item of TTLV, as the server would have written it. */
function item(tag: number, type: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(tag * 256 + type, 0);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc((8 - (content.length % 8)) % 8)]);
}

/** A response message whose one result is a failure. */
function failure(reason: number): Buffer {
  const enumeration = (tag: number, value: number) =>
    item(tag, 5, Buffer.from([0, 0, value >> 8, value & 0xff]));
  const result = Buffer.concat([enumeration(0x42007f, 1), enumeration(0x42007e, reason)]);
  return item(0x42007b, 1, item(0x42000f, 1, result));
}

const ANSWERS: Readonly<Record<CannedFault, Uint8Array>> = {
  broken: failure(0x2a), // Internal Server Error
  throttled: failure(0x3a), // Server Limit Exceeded
  garbage: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  empty: item(0x42007b, 1, Buffer.alloc(0)),
};

export interface KmipPeer extends KekPeer {
  /** The usual key's successor, which remembers it; and the same without its memory. */
  readonly successor: unknown;
  readonly forgetful: unknown;
}

/** PyKMIP's engine (PyPI) over mutual TLS, once for each protocol version that a test speaks. */
export async function startKmipPeer(version: '1.4' | '2.0'): Promise<KmipPeer> {
  const environment = await peerEnvironment('kmip-peer');
  const folder = await mkdtemp(join(tmpdir(), 'asterism-kmip-'));
  const program = resolve(import.meta.dirname, 'pykmip_peer.py');
  const process = new PeerProcess({ command: join(environment, 'bin/python3'), args: [program, folder] });
  const started = (await process.next()) as unknown as Started;
  const front = await AnsweringFront.start(started);
  const { port } = front;
  const proxy = await FaultyProxy.start({ upstream: port, canned: ANSWERS });
  const [key, otherKey, next] = started.keys;
  const { caFile } = started;
  const usual = { kind: 'kmip', host: 'localhost', port: proxy.port, version, key, caFile, ...started.own };
  const setState = async (state: string) => void (await process.ask({ key, state }));
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: otherKey },
      unknownKey: { ...usual, key: '424242' },
      denied: { ...usual, ...started.denied },
      stranger: { ...usual, ...started.stranger },
      elsewhere: { ...usual, port: started.elsewhere },
    },
    successor: { ...usual, key: next, previousKeys: [key] },
    forgetful: { ...usual, key: next },
    secrets: [await readFile(started.own.keyFile, 'utf8'), await readFile(started.denied.keyFile, 'utf8')],
    rotate: async () => undefined,
    disable: () => setState('DEACTIVATED'),
    enable: () => setState('ACTIVE'),
    fault: async (fault) => {
      front.answer(fault);
      // What is said inside of TLS is the front's; what happens to the way is the proxy's.
      await proxy.fault(isAnswer(fault) ? undefined : fault);
    },
    stop: async () => {
      await Promise.all([proxy.stop(), front.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isAnswer(fault: KekFault | undefined): fault is CannedFault {
  return fault !== undefined && Object.hasOwn(ANSWERS, fault);
}

/** Hands connections to the server, or answers what comes inside of TLS in its place and with its certificate. */
class AnsweringFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #canned: Uint8Array | undefined;

  private constructor(upstream: number, tls: Server) {
    this.#server = createServer((client) => {
      this.#keep(client);
      if (this.#canned !== undefined) {
        tls.emit('connection', client);
        return;
      }
      const service = connect(upstream, '127.0.0.1');
      this.#keep(service);
      client.pipe(service).pipe(client);
      client.on('close', () => service.destroy());
      service.on('close', () => client.destroy());
    });
  }

  static async start({ port, caFile, server }: Started): Promise<AnsweringFront> {
    const [ca, cert, key] = await Promise.all(
      [caFile, server.certificateFile, server.keyFile].map((file) => readFile(file)),
    );
    const options = { ca: ca ?? '', cert: cert ?? '', key: key ?? '', requestCert: true };
    const tls = createTlsServer(options, (socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write(front.#canned ?? ''));
    });
    const front = new AnsweringFront(port, tls);
    await once(front.#server.listen(0, '127.0.0.1'), 'listening');
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  answer(fault: KekFault | undefined): void {
    this.#canned = isAnswer(fault) ? ANSWERS[fault] : undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}
