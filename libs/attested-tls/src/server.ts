import { toHex } from '@asterism/bytes';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { AttestedConnection } from './connection.ts';
import { AttestedTlsError } from './errors.ts';
import { exporter } from './exporter.ts';
import { keyExchangeOf } from './key-exchange.ts';
import { peerSpkiOf } from './peer.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsOptions } from './tls-options.ts';

/**
 * The connection is kept under this symbol on the TLS socket, because the socket that an HTTP/2 request or session
 * shows is a proxy: it passes properties through, but is not the object itself, so a WeakMap would not find it.
 */
const CONNECTION = Symbol('asterism attested connection');

export interface AttestedServerOptions {
  readonly identity: TlsIdentity;
  readonly random: (length: number) => Uint8Array;
  /** Told of every connection that was closed before any route ran; for logs and metrics. */
  readonly onRefused: (refusal: { readonly reason: string; readonly remoteAddress: string }) => void;
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/**
 * Server of the node listener: HTTP/2 and HTTP/1.1 over TLS 1.3 with a client certificate, no resumption. A connection
 * that breaks one of these is closed before the HTTP layer sees it. Fits Fastify's `serverFactory`.
 */
export function createAttestedServer(options: AttestedServerOptions, handler: Handler): Http2SecureServer {
  const server = createSecureServer(
    {
      ...tlsOptions(options.identity),
      requestCert: true,
      allowHTTP1: true,
      handshakeTimeout: 10_000,
      settings: { maxConcurrentStreams: 128 },
    },
    handler,
  );
  gate(server, options);
  return server;
}

/** Puts the checks before the HTTP layer: its own listeners run only for connections that pass. */
export function gate(server: Http2SecureServer, options: AttestedServerOptions): void {
  const http = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    const remoteAddress = socket.remoteAddress ?? '';
    try {
      const connection = describe(socket, remoteAddress, options);
      Object.defineProperty(socket, CONNECTION, { value: connection });
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      const reason = error instanceof Error ? error.message : 'unknown';
      options.onRefused({ reason, remoteAddress });
      return;
    }
    for (const listener of http) listener.call(server, socket);
  });
}

function describe(
  socket: TLSSocket,
  remoteAddress: string,
  options: AttestedServerOptions,
): AttestedConnection {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  return {
    peerSpki: peerSpkiOf(socket),
    ownSpki: options.identity.spki,
    id: toHex(options.random(16)),
    exporter: exporter(socket),
    tls: {
      version: socket.getProtocol() ?? '',
      cipher: socket.getCipher().standardName,
      keyExchange: keyExchangeOf(socket),
    },
    remoteAddress,
    closed: closed.signal,
  };
}

/** Anything that knows its socket: a request of `node:http` or `node:http2`, an HTTP/2 stream, or the TLS socket. */
export type ConnectionSource =
  { readonly socket: unknown } | { readonly session: { readonly socket: unknown } | undefined } | TLSSocket;

/**
 * The connection that a request came on.
 * @throws AttestedTlsError `connection-closed` when it is gone, `connection-not-attested-tls` for another server's.
 */
export function connectionOf(source: ConnectionSource): AttestedConnection {
  let connection: unknown;
  try {
    connection = CONNECTION in source ? source[CONNECTION] : readSymbol(socketOf(source));
  } catch (cause) {
    throw new AttestedTlsError('connection-closed', 'connection is closed', { cause });
  }
  if (connection === undefined) {
    throw new AttestedTlsError(
      'connection-not-attested-tls',
      'socket did not come through an attested server',
    );
  }
  return connection as AttestedConnection;
}

function socketOf(source: ConnectionSource): unknown {
  if ('session' in source && source.session) return source.session.socket;
  return 'socket' in source ? source.socket : undefined;
}

function readSymbol(socket: unknown): unknown {
  return (socket as { [CONNECTION]?: unknown } | undefined)?.[CONNECTION];
}
