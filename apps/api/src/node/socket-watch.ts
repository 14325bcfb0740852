import { connectionOf, type AttestedConnection } from '@asterism/attested-tls';
import type { Http2SecureServer } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { ConnectionStates } from '../attestation/connection-states.ts';

export interface SocketWatchOptions {
  readonly states: ConnectionStates;
  readonly clock: () => Date;
  /** Milliseconds that a socket may take to attest. */
  readonly patience: number;
  /** Sockets at most; more are not accepted by the kernel's queue. */
  readonly maximum: number;
}

interface Watched {
  readonly socket: TLSSocket;
  readonly connection: AttestedConnection;
  readonly since: number;
}

/** Closes sockets that prove nothing in time, and those whose appraisal has run out. */
export class SocketWatch {
  readonly #options: SocketWatchOptions;
  readonly #sockets = new Set<Watched>();

  constructor(options: SocketWatchOptions) {
    this.#options = options;
  }

  /** After the server's own checks: a socket that broke one is closed already. */
  watch(server: Http2SecureServer): void {
    server.maxConnections = this.#options.maximum;
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.destroyed) return;
      const watched = { socket, connection: connectionOf(socket), since: this.#options.clock().getTime() };
      this.#sockets.add(watched);
      socket.once('close', () => this.#sockets.delete(watched));
    });
  }

  /** Called every few seconds. */
  sweep(): void {
    const { states, clock, patience } = this.#options;
    const now = clock().getTime();
    for (const { socket, connection, since } of this.#sockets) {
      const attested = states.attestedOf(connection);
      const until = attested === undefined ? since + patience : attested.validUntil.getTime();
      // An expired socket gets as long to attest again, or to be told that it has to.
      if (now >= until + (attested === undefined ? 0 : patience)) socket.destroy();
    }
  }

  get count(): number {
    return this.#sockets.size;
  }

  closeAll(): void {
    for (const { socket } of this.#sockets) socket.destroy();
  }
}
