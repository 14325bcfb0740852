import { KekError } from '@asterism/keys';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { isNetworkFault } from '../network-fault.ts';
import { decodeTtlv, encodeTtlv, type TtlvItem } from './ttlv.ts';

const HEAD = 8;
const MOST_BYTES = 65_536;

/** Fatal alerts by which a server says that it does not take our certificate (RFC 8446 §6.2). */
const REFUSED =
  /alert (?:bad certificate|certificate|unknown ca|access denied|handshake failure)|ALERT_(?:BAD_CERTIFICATE|CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/i;

/** One request and its answer at a time over a mutually authenticated connection, opened when it is needed. */
export class KmipConnection {
  readonly #options: ConnectionOptions;
  #socket: TLSSocket | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectionOptions) {
    this.#options = { minVersion: 'TLSv1.2', ...options };
  }

  /** @throws KekError `kek-unreachable`, `kek-denied`, `kek-response-invalid`; the connection is closed then */
  exchange(message: TtlvItem, signal: AbortSignal | undefined): Promise<TtlvItem> {
    const answer = this.#turn.then(() => this.#exchange(encodeTtlv(message), signal));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #exchange(request: Uint8Array, signal: AbortSignal | undefined): Promise<TtlvItem> {
    signal?.throwIfAborted();
    const stop = (): void => this.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const socket = await this.#open();
      socket.write(request);
      return decodeTtlv(await readMessage(socket));
    } catch (error) {
      this.close();
      throw toKekError(error);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #open(): Promise<TLSSocket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && this.#socket.readable) return this.#socket;
    const socket = connect(this.#options);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
      socket.once('close', () => reject(closed()));
    });
    // Whoever waits for an answer hears of it; without anybody waiting an error must not end the process.
    socket.on('error', () => undefined);
    return socket;
  }
}

function readMessage(socket: TLSSocket): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (finish: () => void): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      finish();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onClose = (): void => end(() => reject(closed()));
    const onData = (part: Buffer): void => {
      received = Buffer.concat([received, part]);
      const length = received.length < HEAD ? undefined : received.readUInt32BE(4);
      if (length !== undefined && length > MOST_BYTES) end(() => reject(invalid('answered too much')));
      else if (length !== undefined && received.length > HEAD + length)
        end(() => reject(invalid('said more than was asked')));
      else if (length !== undefined && received.length === HEAD + length)
        end(() => resolve(new Uint8Array(received)));
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
  });
}

function closed(): Error {
  return Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' });
}

function invalid(message: string): KekError {
  return new KekError('kek-response-invalid', `KMIP: the server ${message}`);
}

function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  const { code, message } = error as { code?: string; message?: string };
  if (REFUSED.test(`${code} ${message}`))
    return new KekError('kek-denied', 'KMIP: the server refuses our certificate', { cause: error });
  if (isNetworkFault(error))
    return new KekError('kek-unreachable', 'KMIP: the server does not answer', { cause: error });
  return new KekError('kek-response-invalid', 'KMIP: what answered is no KMIP server', { cause: error });
}
