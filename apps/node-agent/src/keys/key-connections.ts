import type { Socket } from 'node:net';
import type { Peer } from './peer.ts';

interface ConnectionLimits {
  /** Connections that one user may have at a time. */
  readonly ofEachUser: number;
  /** Milliseconds from connecting, or from the last answer, to the next one. */
  readonly patience: number;
}

/**
 * Connections of a server that hands them on. An HTTP server that does not listen itself keeps no times and closes no
 * connection, and anybody on the machine may hold one.
 */
export class KeyConnections {
  readonly #limits: ConnectionLimits;
  readonly #peers = new Map<Socket, Peer | null>();
  readonly #deadlines = new Map<Socket, NodeJS.Timeout>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** From now on until it is closed. Whose it is is not known yet. */
  add(socket: Socket): void {
    this.#peers.set(socket, null);
    this.expect(socket);
    socket.once('close', () => {
      clearTimeout(this.#deadlines.get(socket));
      this.#deadlines.delete(socket);
      this.#peers.delete(socket);
    });
  }

  /** @returns whether its user has room for another connection */
  identify(socket: Socket, peer: Peer): boolean {
    const ofUser = [...this.#peers.values()].filter((each) => each?.uid === peer.uid);
    if (!this.#peers.has(socket) || ofUser.length >= this.#limits.ofEachUser) return false;
    this.#peers.set(socket, peer);
    return true;
  }

  peerOf(socket: Socket): Peer | null {
    return this.#peers.get(socket) ?? null;
  }

  /** Gives it the whole time for one more request and its answer. */
  expect(socket: Socket): void {
    clearTimeout(this.#deadlines.get(socket));
    if (socket.destroyed) return;
    this.#deadlines.set(
      socket,
      setTimeout(() => socket.destroy(), this.#limits.patience),
    );
  }

  closeAll(): void {
    for (const socket of this.#peers.keys()) socket.destroy();
  }
}
