import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { powerCycle } from './control-channel.ts';

describe('the control channel of a software TPM', () => {
  let directory: string;
  let server: Server;
  let received: Buffer;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'asterism-ctrl-'));
    received = Buffer.alloc(0);
  });
  afterEach(async () => {
    await new Promise<void>((done) => server.close(() => done()));
    await rm(directory, { recursive: true });
  });

  async function cycleAgainst(answer: Uint8Array): Promise<void> {
    const path = join(directory, 'ctrl.sock');
    server = createServer((socket) =>
      socket.once('data', (chunk) => {
        received = chunk;
        socket.end(answer);
      }),
    );
    await new Promise<void>((done) => server.listen(path, done));
    await powerCycle(path);
  }

  it('is sent CMD_INIT without flags', async () => {
    await cycleAgainst(new Uint8Array(4));
    expect(received.toString('hex')).toBe('0000000200000000');
  });

  it.each([
    ['refuses', Uint8Array.of(0, 0, 0, 9)],
    ['answers half', Uint8Array.of(0, 0)],
    ['hangs up', new Uint8Array()],
  ])('that %s is an error with a code', async (_name, answer) => {
    await expect(cycleAgainst(answer)).rejects.toMatchObject({
      name: 'TpmDeviceError',
      code: 'control-failed',
    });
  });
});
