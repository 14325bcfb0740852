import { AttestedTlsError } from '@asterism/attested-tls';
import { utf8 } from '@asterism/bytes';
import type { MemberKeyRequest } from '@asterism/contracts';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeySocketConfiguration } from '../configuration/key-socket-configuration.ts';
import { createLogger } from '../logger.ts';
import { openKeySocket } from './key-socket.ts';
import { MemberKeys, type GivenKey } from './member-keys.ts';
import { readPeer } from './peer.ts';

/** Not users that anybody has: numbers are enough to the kernel. */
const [CSI, OTHER, PROXY_GROUP] = [61_001, 61_002, 61_100];
const KEY = 'c'.repeat(43);

let folder: string;
let path: string;
let asked: MemberKeyRequest[];
let down: boolean;
let log: string;
let keys: MemberKeys;
let socket: AsyncDisposable | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-keys-'));
  await chmod(folder, 0o755);
  path = join(folder, 'keys.sock');
  [asked, down, log, socket] = [[], false, '', null];
  keys = new MemberKeys({ cacheFor: 60_000 });
  keys.connect({
    requestKey: async (request): Promise<GivenKey> => {
      asked.push(request);
      if (down) throw new AttestedTlsError('connection-closed', 'gone');
      const { purpose, id, version = 2 } = request;
      return { description: { purpose, id, version, current: version === 2 }, characters: utf8(KEY) };
    },
  });
  keys.setMember(true);
});
afterEach(async () => {
  await socket?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function open(clients: KeySocketConfiguration['clients'], patience = 10_000): Promise<void> {
  const destination = { write: (line: string) => void (log += line) };
  const configuration = { path, cacheSeconds: 60, clients };
  socket = await openKeySocket({ configuration, keys, log: createLogger('info', destination), patience });
}

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** The real curl, as a real other user. */
function ask(
  user: { readonly uid: number; readonly gid?: number },
  body: unknown,
  ...more: readonly string[]
): Promise<Answer> {
  const { uid, gid = uid } = user;
  const data = typeof body === 'string' ? body : JSON.stringify(body);
  const curl = ['--silent', '--max-time', '10', '--unix-socket', path, '--write-out', '\n%{http_code}'];
  const request = ['--data-binary', data, ...more, 'http://localhost/v1/keys'];
  const who = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', 'curl'];
  return new Promise((resolve) => {
    execFile('setpriv', [...who, ...curl, ...request], (_, stdout) => {
      const end = stdout.lastIndexOf('\n');
      const text = stdout.slice(0, end);
      const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      resolve({ status: Number(stdout.slice(end + 1)), json });
    });
  });
}

const VOLUME = { purpose: 'volume', id: 'pvc-1' } as const;
const CLIENTS: KeySocketConfiguration['clients'] = [
  { uid: CSI, purposes: ['volume'], ids: ['pvc-'] },
  { gid: PROXY_GROUP, purposes: ['object-store'], ids: 'any' },
];

describe('the key socket', () => {
  it('gives a client its key, and asks the API for exactly that', async () => {
    await open(CLIENTS);
    expect(await ask({ uid: CSI }, { ...VOLUME, version: 1 })).toEqual({
      status: 200,
      json: { ...VOLUME, version: 1, current: false, key: KEY },
    });
    const proxy = { uid: OTHER, gid: PROXY_GROUP };
    const bucket = { purpose: 'object-store', id: 'b1' };
    expect((await ask(proxy, bucket)).json).toEqual({ ...bucket, version: 2, current: true, key: KEY });
    expect(asked).toEqual([{ ...VOLUME, version: 1 }, bucket]);
    expect(log).not.toContain(KEY);
  });

  it.each([
    ['another user', { uid: OTHER }, VOLUME],
    ['root, who is not on the list', { uid: 0 }, VOLUME],
    ['a client that asks for another purpose', { uid: CSI }, { purpose: 'object-store', id: 'pvc-1' }],
    ['a client that asks for another id', { uid: CSI }, { purpose: 'volume', id: 'secret-of-others' }],
    ['a group whose number is an allowed user', { uid: OTHER, gid: CSI }, VOLUME],
  ])('S18 gives nothing to %s, asks nothing for it, and says who it was', async (_, user, request) => {
    await open(CLIENTS);
    const { status, json } = await ask(user, request);
    expect(status).toBe(403);
    expect(json).toEqual({ code: 'key-not-allowed', status: 403, detail: expect.any(String) });
    expect(asked).toEqual([]);
    expect(log).toContain(`"uid":${user.uid}`);
    expect(log).toContain('"code":"key-not-allowed"');
    expect(log).not.toContain('secret-of-others');
  });

  it('S19 refuses a purpose that no member may ask for, before it asks who may', async () => {
    await open([{ uid: CSI, purposes: ['volume'], ids: 'any' }]);
    for (const purpose of ['state-disk', 'ssh-user-ca', 'measurement', 'cluster-ca']) {
      expect(await ask({ uid: CSI }, { purpose, id: 'a' })).toMatchObject({
        status: 400,
        json: { code: 'request-invalid' },
      });
    }
    expect(asked).toEqual([]);
  });

  it.each([
    ['not JSON', '{', [], 400, 'request-invalid'],
    ['no id', { purpose: 'volume' }, [], 400, 'request-invalid'],
    ['an id that is a path', { purpose: 'volume', id: '../a' }, [], 400, 'request-invalid'],
    ['a field that does not exist', { ...VOLUME, owner: 'me' }, [], 400, 'request-invalid'],
    ['too much', 'x'.repeat(4_097), [], 413, 'body-too-large'],
    ['a body without a length', VOLUME, ['--header', 'transfer-encoding: chunked'], 411, 'length-required'],
    ['another method', VOLUME, ['--request', 'PUT'], 405, 'method-not-allowed'],
  ])('answers %s with a code', async (_, body, more, status, code) => {
    await open(CLIENTS);
    expect(await ask({ uid: CSI }, body, ...more)).toMatchObject({ status, json: { code } });
    expect(asked).toEqual([]);
  });

  it('serves from memory while the API is away, and nothing once this is no member', async () => {
    await open(CLIENTS);
    await ask({ uid: CSI }, VOLUME);
    down = true;
    expect(await ask({ uid: CSI }, VOLUME)).toMatchObject({ status: 200, json: { key: KEY } });
    expect(await ask({ uid: CSI }, { ...VOLUME, id: 'pvc-2' })).toMatchObject({
      status: 503,
      json: { code: 'api-unavailable' },
    });
    keys.setMember(false);
    expect(await ask({ uid: CSI }, VOLUME)).toMatchObject({ status: 503, json: { code: 'not-member' } });
    keys.setMember(true);
    expect(await ask({ uid: CSI }, VOLUME)).toMatchObject({ status: 503, json: { code: 'api-unavailable' } });
  });

  it('S18 takes a connection for its first peer’s, whoever is handed its file descriptor', async () => {
    await open(CLIENTS);
    const ofRoot = connect(path);
    await once(ofRoot, 'connect');
    const body = JSON.stringify(VOLUME);
    const request = `POST /v1/keys HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const who = ['--reuid', String(CSI), '--regid', String(CSI), '--clear-groups'];
    // The descriptor does not block, as Node made it.
    const script = 'printf %s "$1" >&3; until cat <&3 2>/dev/null; do sleep 0.05; done';
    const client = spawn('setpriv', [...who, 'sh', '-c', script, 'sh', request], {
      stdio: ['ignore', 'pipe', 'inherit', ofRoot],
    });
    let answer = '';
    client.stdout?.on('data', (text: Buffer) => (answer += text.toString()));
    await once(client, 'close');
    ofRoot.destroy();
    expect(answer).toMatch(/^HTTP\/1.1 403 [^]*key-not-allowed/);
    expect(asked).toEqual([]);
  });

  it('waits for no client that keeps a connection and does not ask', async () => {
    await open(CLIENTS, 300);
    const slow = connect(path);
    await once(slow, 'connect');
    slow.resume().write('POST /v1/keys HTTP/1.1\r\nhost: a\r\n');
    await once(slow, 'close');
    expect(asked).toEqual([]);
  });

  it('keeps a connection whose client goes on asking', async () => {
    await open([{ uid: 0, purposes: ['volume'], ids: 'any' }], 1_000);
    const client = connect(path);
    let answers = '';
    client.on('data', (text: Buffer) => (answers += text.toString()));
    const body = JSON.stringify(VOLUME);
    for (let request = 1; request <= 4; request++) {
      client.write(`POST /v1/keys HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      await pause(400);
    }
    expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(4);
    client.destroy();
  });

  it('leaves room for others where one user takes all that it can', async () => {
    await open(CLIENTS);
    const hoard = Array.from({ length: 20 }, () => connect(path).on('error', () => undefined));
    await Promise.all(hoard.map((each) => once(each, 'connect')));
    await vi.waitFor(() => expect(log).toContain('too many connections'), 5_000);
    expect((await ask({ uid: CSI }, VOLUME)).status).toBe(200);
    hoard.forEach((each) => each.destroy());
  });

  it('closes with connections that somebody holds', async () => {
    await open(CLIENTS);
    const held = connect(path).on('error', () => undefined);
    await once(held, 'connect');
    held.resume().write('POST /v1/keys HTTP/1.1\r\nhost: a\r\n');
    await socket?.[Symbol.asyncDispose]();
    socket = null;
    if (!held.closed) await new Promise((resolve) => held.once('close', resolve));
  });

  it('knows clients by the names of users', async () => {
    await open([{ user: 'nobody', purposes: ['volume'], ids: 'any' }]);
    expect((await ask({ uid: 65_534 }, VOLUME)).status).toBe(200);
    expect((await ask({ uid: OTHER }, VOLUME)).status).toBe(403);
  });
});

it('a connection that no peer of this machine opened has none', async () => {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  expect(await readPeer(accepted)).toBeNull();
  accepted.destroy();
  expect(await readPeer(accepted).catch(() => null)).toBeNull();
  client.destroy();
  server.close();
});

describe('a key socket that cannot be opened', () => {
  it('for a user who does not exist', async () => {
    await expect(open([{ user: 'no-such-user', purposes: ['volume'], ids: 'any' }])).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining('no-such-user'),
    });
  });

  it('in a folder that does not exist, or in the place of a file, which stays', async () => {
    const whole = path;
    path = join(folder, 'none/keys.sock');
    await expect(open(CLIENTS)).rejects.toMatchObject({ code: 'key-socket-unusable' });
    path = whole;
    await writeFile(path, 'somebody’s');
    await expect(open(CLIENTS)).rejects.toMatchObject({ code: 'key-socket-unusable' });
    expect((await stat(path)).isFile()).toBe(true);
    await rm(path);
  });

  it('not after an agent that was killed: what it left is replaced', async () => {
    await open(CLIENTS);
    const first = socket;
    await open(CLIENTS);
    expect((await ask({ uid: CSI }, VOLUME)).status).toBe(200);
    await first?.[Symbol.asyncDispose]();
  });
});
