import { sha256, utf8 } from '@asterism/bytes';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import {
  createAk,
  loadAk,
  parseTpmQuote,
  quote,
  readEkCertificates,
  Tpm,
  verifyTpmQuote,
} from '@asterism/tpm';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTpm } from './open-tpm.ts';
import type { SoftwareTpm } from './start-software-tpm.ts';

const BINDING = await sha256(utf8('bound to this'));

let tpms: SoftwareTpms;
let device: SoftwareTpm;
const servers: Server[] = [];
const sockets: Socket[] = [];
const children: ChildProcess[] = [];
beforeAll(async () => {
  tpms = await softwareTpms();
  device = await tpms.start('a');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});
afterAll(() => tpms.remove());

async function listen(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    serve(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Every byte to the TPM and back. */
const bridge = (client: Socket) => {
  const tpm = connect(device.dataSocket).on('error', () => client.destroy());
  client.on('error', () => tpm.destroy()).on('close', () => tpm.destroy());
  client.pipe(tpm).pipe(client);
};

/**
 * A character device that takes writes and gives reads: a pseudo terminal in raw mode, which script(1) of util-linux
 * holds the other end of. What is written to it goes to the software TPM; answers come back whole, as the kernel's do.
 */
async function characterDevice(): Promise<string> {
  const holder = spawn('script', ['-qfc', 'stty raw -echo; tty; exec sleep 600', '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(holder);
  const path = String((await once(holder.stdout, 'data'))[0]).trim();
  const tpm = connect(device.dataSocket);
  sockets.push(tpm.on('error', () => holder.kill()));
  holder.stdout.pipe(tpm).pipe(holder.stdin);
  holder.once('exit', () => tpm.destroy());
  return `device:${path}`;
}

const WAYS: readonly [string, () => Promise<string>][] = [
  ['a Unix socket', async () => `unix:${device.dataSocket}`],
  ['TCP', () => listen(bridge)],
  ['a device file', characterDevice],
];

describe.each(WAYS)('a TPM behind %s', (_name, way) => {
  it('extends, quotes and gives its certificates', async () => {
    const tpm = new Tpm(await openTpm(await way()));
    await tpm.pcrExtend(16, new Map([['sha256', BINDING]]));
    const ak = await loadAk(tpm, await createAk(tpm, { type: 'rsa' }));
    const made = await quote(tpm, ak, BINDING, { bank: 'sha256', pcrs: [7, 16] });
    await tpm.flush(ak);
    const parsed = parseTpmQuote({ ...made, akPublic: ak.publicArea });
    await verifyTpmQuote(parsed, { qualifyingData: BINDING, bank: 'sha256', pcrSelection: [7, 16] });
    expect((await readEkCertificates(tpm)).certificates).toHaveLength(2);
    await tpm.close();
  });
});

describe('two clients of one TPM', () => {
  it('take turns: the second is answered once the first has closed', async () => {
    const [first, second] = [
      new Tpm(await openTpm(`unix:${device.dataSocket}`)),
      new Tpm(await openTpm(`unix:${device.dataSocket}`)),
    ];
    await first.getRandom(8);
    let answered = false;
    const waiting = second.getRandom(8).then((bytes) => {
      answered = true;
      return bytes;
    });
    await first.getRandom(8);
    expect(answered).toBe(false);
    await first.close();
    expect(await waiting).toHaveLength(8);
    await second.close();
  });
});

describe('a way to a TPM that breaks', () => {
  const expectLost = async (serve: (socket: Socket) => void, code: string) => {
    const tpm = new Tpm(await openTpm(await listen(serve)));
    await expect(tpm.getRandom(4)).rejects.toMatchObject({ name: 'TpmDeviceError', code });
    await expect(tpm.getRandom(4), 'nothing more is sent').rejects.toMatchObject({ code });
    await tpm.close();
  };
  const answer =
    (...bytes: number[]) =>
    (socket: Socket) =>
      void socket.once('data', () => socket.write(Uint8Array.from(bytes)));
  const GOOD = [0x80, 0x01, 0, 0, 0, 16, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];

  it.each<[string, (socket: Socket) => void]>([
    ['in the middle of a command', (socket) => socket.once('data', () => socket.destroy())],
    [
      'in the middle of a response',
      (socket) => socket.once('data', () => socket.end(Uint8Array.from(GOOD.slice(0, 13)))),
    ],
    ['before any command', (socket) => socket.destroy()],
    ['with a reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ])('%s is connection-lost, and stays so', async (_name, serve) => {
    await expectLost(serve, 'connection-lost');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['a size of 9000 bytes', answer(0x80, 0x01, 0, 0, 0x23, 0x28, 0, 0, 0, 0)],
    ['a size of 4 GiB', answer(0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)],
    ['a size below the header', answer(0x80, 0x01, 0, 0, 0, 9, 0, 0, 0, 0)],
    ['two responses at once', answer(...GOOD, ...GOOD)],
    ['a byte too many', answer(...GOOD, 0)],
  ])('S09 %s is response-malformed, and nothing after it is believed', async (_name, serve) => {
    await expectLost(serve, 'response-malformed');
  });

  it('S09 with an answer to nothing is response-malformed at once', async () => {
    const transport = await openTpm(
      await listen((socket) => void socket.resume().write(Uint8Array.from(GOOD))),
    );
    await once(sockets[0] as Socket, 'close');
    await expect(transport.transceive(new Uint8Array(10))).rejects.toMatchObject({
      code: 'response-malformed',
    });
    await transport.close();
  });

  it('does not matter to bytes that come one by one', async () => {
    const trickle = (socket: Socket) =>
      socket.once('data', async () => {
        for (const byte of GOOD) {
          socket.write(Uint8Array.of(byte));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
    const tpm = new Tpm(await openTpm(await listen(trickle)));
    expect(await tpm.getRandom(4)).toEqual(Uint8Array.of(1, 2, 3, 4));
    await tpm.close();
  });

  it('into silence is a timeout', async () => {
    const address = await listen(() => undefined);
    const transport = await openTpm(address);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const silent = expect(transport.transceive(new Uint8Array(10))).rejects.toMatchObject({
        code: 'timeout',
      });
      vi.advanceTimersByTime(120_000);
      await silent;
    } finally {
      vi.useRealTimers();
    }
    await transport.close();
  });

  it('takes one command at a time', async () => {
    const transport = await openTpm(`unix:${device.dataSocket}`);
    const getRandom = Uint8Array.of(0x80, 0x01, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0, 4);
    const [first, second] = await Promise.allSettled([
      transport.transceive(getRandom),
      transport.transceive(getRandom),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { name: 'TpmDeviceError' } });
    await transport.close();
  });
});

describe('a TPM that is not there', () => {
  it.each(['unix:/nowhere/tpm.sock', 'device:/dev/no-such-tpm', 'device:/dev', 'tcp:127.0.0.1:1'])(
    '%s is unreachable',
    async (address) => {
      await expect(openTpm(address)).rejects.toMatchObject({ name: 'TpmDeviceError', code: 'unreachable' });
    },
  );

  it('behind a path too long for a socket says so', async () => {
    await expect(openTpm(`unix:/${'a'.repeat(120)}`)).rejects.toMatchObject({ code: 'path-too-long' });
  });

  it('as a file that only keeps what is written is a TPM that answers nonsense', async () => {
    const file = join(tpms.directory, 'plain-file');
    await writeFile(file, '');
    const tpm = new Tpm(await openTpm(`device:${file}`));
    await expect(tpm.getRandom(4)).rejects.toMatchObject({
      name: 'TpmCommandError',
      code: 'response-malformed',
    });
    await tpm.close();
  });
});
