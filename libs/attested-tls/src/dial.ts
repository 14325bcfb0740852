import type { Bytes } from '@asterism/bytes';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AttestedTlsError } from './errors.ts';
import { exporter } from './exporter.ts';
import { keyExchangeOf } from './key-exchange.ts';
import { peerSpkiOf } from './peer.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsOptions } from './tls-options.ts';

/** What the client's side of TLS says about a connection. */
export interface ClientConnection {
  readonly exporter: Bytes;
  /** SubjectPublicKeyInfo of the API's TLS key, DER. */
  readonly peerSpki: Bytes;
  readonly ownSpki: Bytes;
  readonly tls: { readonly version: string; readonly cipher: string; readonly keyExchange: string };
}

/**
 * TCP, TLS 1.3 and HTTP/2 to the node listener.
 * @param timeout milliseconds for all three
 * @throws AttestedTlsError `connect-failed`, `timeout` or `tls-refused`
 */
export async function dial(
  url: URL,
  identity: TlsIdentity,
  timeout: number,
): Promise<{ readonly session: ClientHttp2Session; readonly connection: ClientConnection }> {
  const socket = await handshake(url, identity, timeout);
  try {
    if (socket.alpnProtocol !== 'h2') {
      throw new AttestedTlsError('tls-refused', 'the API does not speak HTTP/2', {
        got: socket.alpnProtocol,
        want: 'h2',
      });
    }
    const connection: ClientConnection = {
      peerSpki: peerSpkiOf(socket),
      ownSpki: identity.spki,
      exporter: exporter(socket),
      tls: {
        version: socket.getProtocol() ?? '',
        cipher: socket.getCipher().standardName,
        keyExchange: keyExchangeOf(socket),
      },
    };
    const session = connectHttp2(url, { createConnection: () => socket, settings: { enablePush: false } });
    return { session, connection };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function handshake(url: URL, identity: TlsIdentity, timeout: number): Promise<TLSSocket> {
  if (url.protocol !== 'https:') {
    throw new AttestedTlsError('connect-failed', 'not an https address', {
      got: url.protocol,
      want: 'https:',
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...tlsOptions(identity),
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ALPNProtocols: ['h2'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const timer = setTimeout(() => {
      fail(new AttestedTlsError('timeout', 'no connection in time', { want: `${timeout} ms` }));
    }, timeout);
    const fail = (error: AttestedTlsError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onError = (cause: Error) => fail(new AttestedTlsError('connect-failed', cause.message, { cause }));
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}
