import type { TpmTransport } from '@asterism/tpm';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tag, length, code: every command starts with them, and the length is of the whole. */
const HEADER_BYTES = 10;

export interface ServedTpm {
  /** As `openTpm` takes it. */
  readonly address: string;
  /** Ends the connections; the transport stays open. */
  readonly stop: () => Promise<void>;
}

/** Makes a transport of the test's own reachable as a TPM, by what swtpm speaks: commands and responses, unframed. */
export async function serveTpm(transport: TpmTransport): Promise<ServedTpm> {
  const directory = await mkdtemp(join(tmpdir(), 'asterism-served-'));
  const path = join(directory, 'tpm.sock');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void answer(socket, transport).catch(() => socket.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    address: `unix:${path}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function answer(socket: Socket, transport: TpmTransport): Promise<void> {
  let pending = Buffer.alloc(0);
  for await (const part of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, part]);
    while (pending.length >= HEADER_BYTES && pending.length >= pending.readUInt32BE(2)) {
      const command = new Uint8Array(pending.subarray(0, pending.readUInt32BE(2)));
      pending = pending.subarray(command.length);
      socket.write(await transport.transceive(command));
    }
  }
}
