import { Tpm, type TpmTransport } from '@asterism/tpm';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

const HEADER = 10;
const SIZE_AT = 2;

/**
 * The host of a virtual machine: it owns the bus between the machine and its TPM. What the machine sends goes through
 * unchanged; the host can send commands of its own in between, such as extending a PCR behind the machine's back.
 */
export class TpmHost {
  readonly #server: Server;
  readonly #transport: TpmTransport;
  readonly #clients = new Set<Socket>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(server: Server, transport: TpmTransport) {
    this.#server = server;
    this.#transport = transport;
  }

  /** @param upstream socket of the TPM @param socket where the machine finds it */
  static async open(upstream: string, socket: string): Promise<TpmHost> {
    const host = new TpmHost(createServer(), await openTpmUnixSocket(upstream));
    host.#server.on('connection', (client) => host.#serve(client));
    host.#server.listen(socket);
    await once(host.#server, 'listening');
    return host;
  }

  /** The host's own view of the TPM. */
  tpm(): Tpm {
    return new Tpm({ transceive: (command) => this.#send(command), close: () => Promise.resolve() });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await this.#turn.catch(() => undefined);
    await this.#transport.close();
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => this.#clients.delete(client));
    let received = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= HEADER && received.length >= received.readUInt32BE(SIZE_AT)) {
        const size = received.readUInt32BE(SIZE_AT);
        const command = new Uint8Array(received.subarray(0, size));
        received = received.subarray(size);
        this.#send(command).then(
          (response) => client.write(response),
          () => client.destroy(),
        );
      }
    });
  }

  #send(command: Uint8Array): Promise<Uint8Array> {
    const response = this.#turn.then(() => this.#transport.transceive(command));
    this.#turn = response.catch(() => undefined);
    return response;
  }
}
