import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TpmTransport } from '@asterism/tpm';
import { openFailed, TpmDeviceError } from './errors.ts';
import { socketPath } from './socket-path.ts';

const HEADER_LENGTH = 10;
const SIZE_OFFSET = 2;
const MAX_RESPONSE = 8192;
/** Making an RSA key takes the slowest TPMs about a minute. */
const RESPONSE_DEADLINE = 120_000;
const CONNECT_DEADLINE = 5_000;
const BUSY_PAUSE = 20;

interface Pending {
  readonly resolve: (response: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

/** TPM commands over a byte stream; responses are cut by the size in their header (Part 1 §18.3). */
class TpmStream implements TpmTransport {
  readonly #socket: net.Socket;
  #received = Buffer.alloc(0);
  #pending: Pending | null = null;
  #failure: TpmDeviceError | null = null;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (cause) => this.#fail('connection-lost', 'connection to the TPM failed', cause));
    socket.on('close', () => this.#fail('connection-lost', 'connection to the TPM was closed'));
  }

  transceive(command: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      if (this.#pending !== null) {
        return reject(new TpmDeviceError('connection-lost', 'a command is still under way'));
      }
      const deadline = setTimeout(
        () => this.#fail('timeout', 'TPM does not answer', undefined, RESPONSE_DEADLINE),
        RESPONSE_DEADLINE,
      );
      this.#pending = { resolve, reject, deadline };
      this.#socket.write(command);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    if (this.#received.length < HEADER_LENGTH) return;
    const size = this.#received.readUInt32BE(SIZE_OFFSET);
    const pending = this.#pending;
    if (pending === null || size < HEADER_LENGTH || size > MAX_RESPONSE || this.#received.length > size) {
      return this.#fail('response-malformed', 'TPM sent something else than one response', undefined, size);
    }
    if (this.#received.length < size) return;
    const response = new Uint8Array(this.#received);
    this.#received = Buffer.alloc(0);
    this.#pending = null;
    clearTimeout(pending.deadline);
    pending.resolve(response);
  }

  /** After a failure nothing more is sent: a late response would be taken for the next command's. */
  #fail(
    code: 'connection-lost' | 'timeout' | 'response-malformed',
    message: string,
    cause?: unknown,
    got?: number,
  ): void {
    this.#failure ??= new TpmDeviceError(code, message, { cause, got });
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) {
      clearTimeout(pending.deadline);
      pending.reject(this.#failure);
    }
    this.#socket.destroy();
  }
}

/**
 * Connects or says why not, within five seconds. swtpm lets two clients wait; where they do, the system says "again".
 */
export async function connect(options: net.NetConnectOpts, where: string): Promise<net.Socket> {
  const until = Date.now() + CONNECT_DEADLINE;
  for (;;) {
    try {
      return await connectOnce(options);
    } catch (cause) {
      if (!isBusy(cause) || Date.now() > until) throw openFailed(where, cause);
      await pause(BUSY_PAUSE);
    }
  }
}

/** Whether somebody listens, though he has no time. */
export async function isListening(path: string): Promise<boolean> {
  try {
    (await connectOnce({ path })).destroy();
    return true;
  } catch (cause) {
    return isBusy(cause);
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN';
}

function connectOnce(options: net.NetConnectOpts): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(options);
    socket.setTimeout(CONNECT_DEADLINE, () => socket.destroy(new Error('timeout')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.removeAllListeners('timeout');
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

/** A software TPM's Unix socket; it serves one client at a time and lets others wait. */
export async function openTpmUnixSocket(path: string): Promise<TpmTransport> {
  return new TpmStream(await connect({ path: socketPath(path) }, path));
}

/** A software TPM over TCP. There is no encryption on the way: for loopback and test networks. */
export async function openTpmTcp(address: {
  readonly host: string;
  readonly port: number;
}): Promise<TpmTransport> {
  const socket = await connect({ ...address, noDelay: true }, `${address.host}:${address.port}`);
  return new TpmStream(socket);
}
