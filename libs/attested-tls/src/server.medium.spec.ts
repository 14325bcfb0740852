import { toHex } from '@asterism/bytes';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2, createSecureServer, type Http2SecureServer } from 'node:http2';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttestedConnection } from './connection.ts';
import { dial } from './dial.ts';
import { exchange } from './http2-exchange.ts';
import { connectionOf, createAttestedServer, createTlsIdentity, type TlsIdentity } from './index.ts';
import { gate } from './server.ts';

let identity: TlsIdentity;
let clientIdentity: TlsIdentity;
let server: Http2SecureServer;
let seen: AttestedConnection[];
let refused: string[];
const open: { destroy(): void }[] = [];

const options = () => ({
  identity,
  random: randomBytes,
  onRefused: ({ reason }: { reason: string }) => void refused.push(reason),
});
const handler: Parameters<typeof createAttestedServer>[1] = (request, response) => {
  seen.push(connectionOf(request));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ httpVersion: request.httpVersion }));
};
const port = () => (server.address() as AddressInfo).port;
const url = () => new URL(`https://127.0.0.1:${port()}`);
const clientOptions = (): ConnectionOptions => ({
  host: '127.0.0.1',
  port: port(),
  ALPNProtocols: ['h2'],
  rejectUnauthorized: false,
  key: clientIdentity.privateKey,
  cert: clientIdentity.certificate,
});

async function listen(started: Http2SecureServer): Promise<void> {
  server = started;
  server.on('session', (session) => open.push(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function dialled() {
  const { session, connection } = await dial(url(), clientIdentity, 5_000);
  open.push(session);
  return { session, connection };
}

/** Connects, sends an HTTP/2 request, and says how it ended. */
async function tryRequest(tls: ConnectionOptions): Promise<'answered' | 'closed'> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...clientOptions(), ...tls });
    const session = connectHttp2(url(), { createConnection: () => socket });
    open.push(session);
    session.on('error', () => resolve('closed'));
    session.on('close', () => resolve('closed'));
    const stream = session.request({ ':path': '/' });
    stream.on('response', () => resolve('answered'));
    stream.on('error', () => resolve('closed'));
    stream.end();
  });
}

beforeEach(async () => {
  [identity, clientIdentity] = await Promise.all([
    createTlsIdentity(new Date(), randomBytes),
    createTlsIdentity(new Date(), randomBytes),
  ]);
  seen = [];
  refused = [];
  await listen(createAttestedServer(options(), handler));
});
afterEach(() => {
  for (const connection of open.splice(0)) connection.destroy();
  server.close();
});

describe('attested server', () => {
  it('shows both sides of an HTTP/2 session the same exporter, keys and hybrid key exchange', async () => {
    const { session, connection } = await dialled();
    expect(await exchange(session, { method: 'GET', path: '/' })).toMatchObject({
      status: 200,
      json: { httpVersion: '2.0' },
    });
    const [own] = seen;
    expect(own).toBeDefined();
    expect(toHex(own?.exporter ?? new Uint8Array())).toBe(toHex(connection.exporter));
    expect(own?.exporter).toHaveLength(32);
    expect(own?.peerSpki).toEqual(clientIdentity.spki);
    expect(connection.peerSpki).toEqual(identity.spki);
    const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', keyExchange: 'X25519MLKEM768' };
    expect(own?.tls).toEqual(tls);
    expect(connection.tls).toEqual(tls);
    expect(own?.remoteAddress).toBe('127.0.0.1');
  });

  it('takes X25519 as floor and says so', async () => {
    expect(await tryRequest({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' })).toBe('answered');
    expect(seen[0]?.tls.keyExchange).toBe('X25519');
    expect(await tryRequest({ minVersion: 'TLSv1.3', ecdhCurve: 'P-256' })).toBe('closed');
  });

  it('keeps one connection for all requests of a session and another for another session', async () => {
    const [a, b] = [await dialled(), await dialled()];
    for (const { session } of [a, a, b]) await exchange(session, { method: 'GET', path: '/' });
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(seen[2]?.id).not.toBe(seen[0]?.id);
    expect(toHex(seen[2]?.exporter ?? new Uint8Array())).not.toBe(
      toHex(seen[0]?.exporter ?? new Uint8Array()),
    );
  });

  it('says when a connection has closed', async () => {
    const { session } = await dialled();
    await exchange(session, { method: 'GET', path: '/' });
    const closed = once(seen[0]?.closed as AbortSignal, 'abort');
    expect(seen[0]?.closed.aborted).toBe(false);
    session.destroy();
    await closed;
  });

  it('gives an HTTP/1.1 client the same checks and a connection of its own', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = requestHttps(
        {
          ...(clientOptions() as RequestOptions),
          ...{ ALPNProtocols: ['http/1.1'] },
          path: '/',
          agent: false,
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on('error', reject);
      request.end();
    });
    expect(status).toBe(200);
    expect(seen[0]?.peerSpki).toEqual(clientIdentity.spki);
  });

  it('knows no connection for a socket of another server', () => {
    expect(() => connectionOf({ socket: {} })).toThrow(
      expect.objectContaining({ code: 'connection-not-attested-tls' }),
    );
  });
});

describe('closed before any route runs', () => {
  it('S03 TLS 1.2', async () => {
    expect(await tryRequest({ maxVersion: 'TLSv1.2' })).toBe('closed');
    expect(seen).toEqual([]);
  });

  it('S03 TLS 1.2, even from a server that was configured to take it', async () => {
    server.close();
    const lax = createSecureServer(
      { key: identity.privateKey, cert: identity.certificate, requestCert: true, rejectUnauthorized: false },
      handler,
    );
    gate(lax, options());
    await listen(lax);
    expect(await tryRequest({ maxVersion: 'TLSv1.2' })).toBe('closed');
    expect(refused).toEqual(['protocol version is not TLS 1.3']);
    expect(seen).toEqual([]);
  });

  it('S03 a missing client certificate', async () => {
    const anonymous = { host: '127.0.0.1', port: port(), rejectUnauthorized: false } as const;
    const socket = connectTls({ ...anonymous, minVersion: 'TLSv1.3' });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(refused).toEqual(['peer presented no certificate']);
    expect(seen).toEqual([]);
  });

  it.each([
    ['RSA', ['rsa:2048']],
    ['ECDSA P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['Ed25519', ['ed25519']],
  ])('S03 a client key that is not ECDSA P-256: %s', async (_kind, algorithm) => {
    const other = await selfSigned(algorithm);
    expect(await tryRequest({ minVersion: 'TLSv1.3', ...other })).toBe('closed');
    expect(refused).toEqual(['peer key is not ECDSA P-256']);
    expect(seen).toEqual([]);
  });

  it('S03 a client that offers a pre-shared key instead of a certificate', async () => {
    const socket = connectTls({
      ...{ host: '127.0.0.1', port: port(), rejectUnauthorized: false, minVersion: 'TLSv1.3' },
      pskCallback: () => ({ psk: Buffer.alloc(32, 1), identity: 'node' }),
      checkServerIdentity: () => undefined,
    });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(refused).toEqual(['peer presented no certificate']);
    expect(seen).toEqual([]);
  });

  it('S03 tickets of another server with the same key, and of our own, are worth nothing: every connection is a full handshake', async () => {
    const other = createSecureServer(
      { key: identity.privateKey, cert: identity.certificate, requestCert: true, rejectUnauthorized: false },
      handler,
    );
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const tickets: Buffer[] = [];
    const collect = async (at: number) => {
      const socket = connectTls({ ...clientOptions(), port: at, minVersion: 'TLSv1.3' });
      open.push(socket);
      socket.on('session', (ticket: Buffer) => tickets.push(ticket));
      await once(socket, 'session');
    };
    await collect((other.address() as AddressInfo).port);
    await collect(port());
    other.close();
    expect(tickets.length).toBeGreaterThanOrEqual(2);
    for (const session of [...tickets, ...tickets]) {
      const socket = connectTls({ ...clientOptions(), minVersion: 'TLSv1.3', session });
      open.push(socket);
      await once(socket, 'secureConnect');
      expect(socket.isSessionReused()).toBe(false);
      expect(await tryRequest({ minVersion: 'TLSv1.3', session })).toBe('answered');
    }
    expect(refused).toEqual([]);
    expect(new Set(seen.map(({ exporter }) => toHex(exporter))).size).toBe(seen.length);
    expect(seen.every(({ peerSpki }) => toHex(peerSpki) === toHex(clientIdentity.spki))).toBe(true);
  });

  it('S03 a session that the server named is not resumed: the next connection is a full handshake', async () => {
    const first = connectTls({ ...clientOptions(), minVersion: 'TLSv1.3' });
    open.push(first);
    const [session] = (await once(first, 'session')) as [Buffer];
    const second = connectTls({ ...clientOptions(), minVersion: 'TLSv1.3', session });
    open.push(second);
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(false);
    expect(second.getPeerX509Certificate()).toBeDefined();
    expect(refused).toEqual([]);
  });

  it('S03 a resumed session, even from a server that was configured to issue tickets', async () => {
    server.close();
    const lax = createSecureServer(
      { key: identity.privateKey, cert: identity.certificate, requestCert: true, rejectUnauthorized: false },
      handler,
    );
    gate(lax, options());
    await listen(lax);
    const first = connectTls({ ...clientOptions(), minVersion: 'TLSv1.3' });
    open.push(first);
    const [session] = (await once(first, 'session')) as [Buffer];
    const second = connectTls({ ...clientOptions(), minVersion: 'TLSv1.3', session });
    second.on('error', () => undefined);
    const reused = once(second, 'secureConnect').then(() => second.isSessionReused());
    await once(second, 'close');
    expect(await reused).toBe(true);
    expect(refused).toEqual(['session was resumed']);
    expect(seen).toEqual([]);
  });

  it('S03 early data reaches no route', async () => {
    expect(await sendEarlyData()).toContain('Early data was rejected');
    expect(seen).toEqual([]);
  });
});

async function selfSigned(algorithm: readonly string[]): Promise<{ key: string; cert: string }> {
  const request = ['req', '-x509', '-nodes', '-keyout', '-', '-subj', '/CN=x', '-days', '2'];
  const pem = await openssl([...request, '-newkey', ...algorithm]);
  const [key] = /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----/.exec(pem) ?? [];
  const [cert] = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(pem) ?? [];
  return { key: key ?? '', cert: cert ?? '' };
}

/** Runs openssl; `linger` keeps its input open for that many milliseconds, so that it stays to hear the server. */
async function openssl(args: readonly string[], linger = 0): Promise<string> {
  const child = spawn('openssl', [...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  setTimeout(() => child.stdin.end(), linger);
  await once(child, 'close');
  return output;
}

/** A ticket that allows early data comes from an OpenSSL server with the same key; it is then used against ours. */
async function sendEarlyData(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'asterism-early-'));
  const file = (name: string) => join(directory, name);
  await Promise.all([
    writeFile(file('server.pem'), `${identity.privateKey}\n${identity.certificate}`),
    writeFile(file('client.pem'), `${clientIdentity.privateKey}\n${clientIdentity.certificate}`),
    writeFile(file('early'), 'GET / HTTP/1.1\r\nHost: early\r\n\r\n'),
  ]);
  const other = spawn(
    'openssl',
    [
      's_server',
      '-accept',
      '0',
      '-cert',
      file('server.pem'),
      '-tls1_3',
      '-early_data',
      '-Verify',
      '0',
      '-naccept',
      '1',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  try {
    const otherPort = await new Promise<string>((resolve) => {
      let output = '';
      other.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const accept = /ACCEPT \S*:(\d+)/.exec(output);
        if (accept?.[1]) resolve(accept[1]);
      });
    });
    const client = ['s_client', '-tls1_3', '-cert', file('client.pem')];
    const ticket = ['-connect', `127.0.0.1:${otherPort}`, '-sess_out', file('session')];
    expect(await openssl([...client, ...ticket], 500)).toMatch(/Max Early Data: [1-9]/);
    const early = ['-sess_in', file('session'), '-early_data', file('early')];
    return await openssl([...client, '-connect', `127.0.0.1:${port()}`, ...early], 500);
  } finally {
    other.kill();
    await rm(directory, { recursive: true });
  }
}
