import { memberKeyRequestSchema, type MemberKeyRequest } from '@asterism/contracts';
import { once } from 'node:events';
import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { KeySocketConfiguration } from '../configuration/key-socket-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { isAllowed, resolveClients, type KnownClient } from './key-clients.ts';
import { KeyConnections } from './key-connections.ts';
import { KeyRefusal } from './key-refusal.ts';
import type { GivenKey, MemberKeys } from './member-keys.ts';
import { readPeer, type Peer } from './peer.ts';

/** Anybody may connect: who it is says the kernel, and what he may have the list. */
const MODE = 0o666;
const MOST_CONNECTIONS = 64;
const LIMITS = { ofEachUser: 16, patience: 10_000 } as const;
const MOST_BYTES = 4_096;
const RETRY_AFTER_SECONDS = '2';
/** Refusals that leave a body in the connection. */
const UNREAD = new Set(['body-too-large', 'length-required']);

export interface KeySocketOptions {
  readonly configuration: KeySocketConfiguration;
  readonly keys: Pick<MemberKeys, 'give'>;
  readonly log: Logger;
  /** Milliseconds that a client may take for a request. */
  readonly patience?: number;
}

/**
 * Serves keys to programs of this machine: HTTP/1.1 over a Unix socket (apps/node-agent/README.md). A connection is one
 * peer's, as SO_PEERCRED names it; where the kernel does not, it is closed without a word.
 * @throws ConfigurationError `key-socket-unusable`, `configuration-invalid`
 */
export async function openKeySocket({
  configuration,
  keys,
  log,
  patience = LIMITS.patience,
}: KeySocketOptions): Promise<AsyncDisposable> {
  const { path } = configuration;
  const clients = await resolveClients(configuration.clients);
  const connections = new KeyConnections({ ...LIMITS, patience });
  const web = createHttpServer((request, response) => {
    const peer = connections.peerOf(request.socket);
    if (peer === null) return void request.socket.destroy();
    response.once('close', () => connections.expect(request.socket));
    void answer(request, response, { peer, clients, keys, log });
  });
  const server = createServer({ pauseOnConnect: true }, async (socket) => {
    socket.on('error', () => undefined);
    connections.add(socket);
    const peer = await readPeer(socket).catch(() => null);
    if (peer === null) {
      log.error('a connection to the key socket has no peer that the kernel names; closed');
      socket.destroy();
      return;
    }
    if (!connections.identify(socket, peer)) {
      log.warn({ uid: peer.uid, pid: peer.pid }, 'a user has too many connections to the key socket; closed');
      socket.destroy();
      return;
    }
    web.emit('connection', socket);
    socket.resume();
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, path);
  log.info({ path, clients: clients.length }, 'key socket is open');
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      connections.closeAll();
      await closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, path: string): Promise<void> {
  try {
    const there = await lstat(path).catch(() => null);
    // Of an agent that was killed. Anything else is somebody's, and stays.
    if (there?.isSocket() === true) await rm(path);
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, MODE);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigurationError(
      'key-socket-unusable',
      `keySocket.path: cannot listen on ${path} (${reason})`,
      {
        cause,
      },
    );
  }
}

interface Asked {
  readonly peer: Peer;
  readonly clients: readonly KnownClient[];
  readonly keys: Pick<MemberKeys, 'give'>;
  readonly log: Logger;
}

async function answer(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
  const { peer, clients, keys, log } = asked;
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  try {
    const wanted = await readRequest(request);
    if (!isAllowed(clients, peer, wanted)) {
      throw new KeyRefusal('key-not-allowed', 'this client may not ask for this key');
    }
    send(response, await keys.give(wanted));
  } catch (error) {
    if (!(error instanceof KeyRefusal)) log.error({ err: error }, 'a key could not be given');
    const refusal = error instanceof KeyRefusal ? error : new KeyRefusal('internal', 'an error of the agent');
    // Not the id: it may be somebody else's.
    log.warn({ uid: peer.uid, gid: peer.gid, pid: peer.pid, code: refusal.code }, 'key refused to a client');
    refuse(response, refusal);
  }
}

async function readRequest(request: IncomingMessage): Promise<MemberKeyRequest> {
  if (request.url !== '/v1/keys') throw new KeyRefusal('route-unknown', 'there is POST /v1/keys only');
  if (request.method !== 'POST') throw new KeyRefusal('method-not-allowed', 'there is POST /v1/keys only');
  // In pieces, a body has no end that is known.
  if (request.headers['transfer-encoding'] !== undefined) {
    throw new KeyRefusal('length-required', 'the body needs a content-length');
  }
  const length = Number(request.headers['content-length'] ?? 0);
  if (!(length <= MOST_BYTES)) throw new KeyRefusal('body-too-large', `over ${MOST_BYTES} bytes`);
  const chunks: Buffer[] = [];
  // The parser takes no byte more than were announced; without an announcement there is no body.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return memberKeyRequestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    throw new KeyRefusal('request-invalid', 'not {"purpose", "id", "version"?}');
  }
}

/** The key goes from bytes to bytes, and is wiped once it has left. */
function send(response: ServerResponse, { description, characters }: GivenKey): void {
  const head = Buffer.from(`${JSON.stringify(description).slice(0, -1)},"key":"`);
  const body = Buffer.concat([head, characters, Buffer.from('"}')]);
  characters.fill(0);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.once('close', () => body.fill(0));
  response.end(body);
}

function refuse(response: ServerResponse, { code, status, message: detail }: KeyRefusal): void {
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    ...(UNREAD.has(code) ? { connection: 'close' } : {}),
  });
  response.end(`${JSON.stringify({ code, status, detail })}\n`);
}
