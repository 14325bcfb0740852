import type { Cluster } from '@asterism/contracts';
import { startTestDatabase } from '@asterism/testkit';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, send, toText } from '../testing/https-request.ts';
import { ApiInstallation } from '../testing/test-process.ts';

const DEBIAN = '/usr/lib/postgresql/15/bin';

describe('the API as a process', { timeout: 90_000 }, () => {
  let installation: ApiInstallation;
  beforeAll(async () => {
    installation = await ApiInstallation.make();
  });
  afterAll(() => installation.remove());

  it('starts from an empty folder, says when it is ready, and is the same after a restart', async () => {
    const first = installation.start(installation.data('whole'));
    const ready = await first.ready();
    expect(ready).toMatchObject({ pid: first.child.pid, version: '0.1.0', attestationKeySpki: null });
    expect(ready.identityKeySpki).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(installation.file('whole.token'))).mode & 0o777).toBe(0o600);
    const token = await installation.tokenOf('whole');
    expect(token).toMatch(/^asterism_[A-Za-z0-9_-]{43}$/);
    const keys = await ask(ready.operatorUrl, 'GET /.well-known/jwks.json');
    const body = { name: 'kept', kubernetesMode: 'none', description: '' };
    const made = await ask<Cluster>(ready.operatorUrl, 'POST /v1/clusters', { token, body });
    expect(made.status).toBe(201);
    expect(await first.stop()).toBe(0);
    await expect(stat(first.readyFile)).rejects.toMatchObject({ code: 'ENOENT' });

    const second = installation.start(installation.data('whole'));
    const { operatorUrl } = await second.ready();
    expect(await installation.tokenOf('whole')).toBe(token);
    expect((await ask(operatorUrl, 'GET /.well-known/jwks.json')).body).toEqual(keys.body);
    expect((await ask<Cluster>(operatorUrl, 'GET /v1/clusters/kept', { token })).body.id).toBe(made.body.id);
    expect(await second.stop()).toBe(0);
    for (const { text } of [first, second]) expect(text).not.toContain(token);
  });

  it('speaks TLS 1.3 and nothing less', async () => {
    const api = installation.start(installation.data('tls'));
    const { operatorUrl } = await api.ready();
    const { port } = new URL(operatorUrl);
    const handshake = (version: 'TLSv1.2' | 'TLSv1.3') =>
      new Promise((resolve) => {
        const socket = connectTls({
          host: '127.0.0.1',
          port: Number(port),
          rejectUnauthorized: false,
          minVersion: version,
          maxVersion: version,
        });
        socket.once('secureConnect', () => resolve(socket.getProtocol()));
        socket.once('error', () => resolve('refused'));
        socket.once('secureConnect', () => socket.destroy());
      });
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
    expect(await handshake('TLSv1.2')).toBe('refused');
    expect(await api.stop()).toBe(0);
  });

  it('stops with open streams, when told while it starts, and when its standard input closes', async () => {
    const streaming = installation.start(installation.data('stops'));
    const { operatorUrl } = await streaming.ready();
    const token = await installation.tokenOf('stops');
    const stream = await send(operatorUrl, 'GET /v1/events', { token });
    expect(stream.statusCode).toBe(200);
    const started = performance.now();
    expect(await streaming.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await toText(stream)).toContain(': open');

    const starting = installation.start(installation.data('stops'));
    // Its first line: it has begun, and is not ready for long.
    await expect.poll(() => starting.text, { timeout: 20_000, interval: 10 }).toContain('SEALED BY A FILE');
    expect(await starting.stop()).toBe(0);

    const piped = installation.start({ ...installation.data('stops'), ASTERISM_STOP_WITH_STDIN: '1' });
    await piped.ready();
    piped.child.stdin?.end();
    expect(await piped.ended).toBe(0);
  });

  it('of two on one folder lets one in, and tells the other', async () => {
    const first = installation.start(installation.data('shared'));
    await first.ready();
    const second = installation.start(installation.data('shared'));
    expect(await second.ended).toBe(2);
    expect(second.lines.at(-1)).toMatchObject({ level: 'fatal', code: 'data-directory-in-use' });
    expect(await first.stop()).toBe(0);
  });

  it('S25 under another seal opens nothing and writes nothing', async () => {
    const first = installation.start(installation.data('sealed'));
    const { body: keys } = await ask((await first.ready()).operatorUrl, 'GET /.well-known/jwks.json');
    expect(await first.stop()).toBe(0);
    await writeFile(installation.file('other.key'), Buffer.alloc(32, 7), { mode: 0o600 });
    const wrong = installation.start({
      ...installation.data('sealed'),
      ASTERISM_SEAL: `key-file:${installation.file('other.key')}`,
    });
    const { operatorUrl } = await wrong.ready();
    expect((await ask(operatorUrl, 'GET /health/ready')).body).toMatchObject({ status: 'sealed' });
    expect(wrong.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        code: 'seal-wrong',
        msg: expect.stringContaining('THE KEYS ARE SEALED') as string,
      }),
    );
    expect((await ask(operatorUrl, 'GET /.well-known/jwks.json')).body).toEqual(keys);
    expect(await wrong.stop()).toBe(0);
    const again = installation.start(installation.data('sealed'));
    await again.ready();
    expect(
      again.lines.some(
        ({ level, msg }) => level === 'warn' && msg.startsWith('THE KEYS ARE SEALED BY A FILE'),
      ),
    ).toBe(true);
    expect(await again.stop()).toBe(0);
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['a variable is missing', { ASTERISM_SEAL: undefined }, 'configuration-invalid'],
    ['a file is missing', { ASTERISM_TLS_KEY: '/nowhere/tls.key' }, 'file-unreadable'],
    [
      'there is no KEK yet, and no seal to make one under',
      { ASTERISM_SEAL: 'key-file:/nowhere' },
      'key-file-invalid',
    ],
    ['the seal’s file is open to others', { ASTERISM_SEAL: 'key-file:{open.key}' }, 'key-file-mode'],
    ['the address of the TPM cannot be one', { ASTERISM_TPM: `unix:/${'x'.repeat(120)}` }, 'path-too-long'],
    ['the identity key is none', { ASTERISM_IDENTITY_KEY: '{tls.pem}' }, 'identity-key-invalid'],
    ['certificate and key are no pair', { ASTERISM_TLS_KEY: '{identity.pem}' }, 'tls-key-invalid'],
    ['the first token has no place', { ASTERISM_ADMIN_TOKEN_FILE: undefined }, 'admin-token-file-missing'],
    ['the folder is a file', { ASTERISM_DATA: '{tls.pem}' }, 'data-directory-unusable'],
    ['the address is taken', { ASTERISM_OPERATOR_LISTEN: '{taken}' }, 'address-unavailable'],
  ])('ends with 2 and one line with a code where %s', async (_, change, code) => {
    await writeFile(installation.file('open.key'), Buffer.alloc(32, 1));
    await chmod(installation.file('open.key'), 0o644);
    const holder =
      change['ASTERISM_OPERATOR_LISTEN'] === undefined
        ? undefined
        : installation.start(installation.data('holder'));
    const taken = holder === undefined ? '' : new URL((await holder.ready()).operatorUrl).host;
    const filled = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [
        name,
        value
          ?.replace('{taken}', taken)
          .replace(/\{([\w.]+)\}/, (_all, name_: string) => installation.file(name_)),
      ]),
    );
    const api = installation.start({ ...installation.data(`bad-${code}`), ...filled });
    expect(await api.ended).toBe(2);
    expect(api.lines.filter(({ level }) => level === 'fatal')).toEqual([
      expect.objectContaining({ code, msg: expect.any(String) as string }),
    ]);
    expect(api.text).not.toContain('BEGIN PRIVATE KEY');
    await holder?.kill();
  });

  it('runs on the operator’s own PostgreSQL, two of them side by side', async (context) => {
    const found = await stat(`${DEBIAN}/postgres`).catch(() => undefined);
    if (found === undefined) context.skip(`no PostgreSQL in ${DEBIAN}`);
    const test = await startTestDatabase({
      installation: { initdb: `${DEBIAN}/initdb`, postgres: `${DEBIAN}/postgres` },
    });
    try {
      const { host, user, database } = test.connection;
      const own = {
        DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}`,
      };
      await mkdir(installation.file('own-1'), { recursive: true });
      const one = installation.start({ ...installation.data('own-1'), ...own });
      const first = await one.ready();
      const two = installation.start({ ...installation.data('own-2'), ...own });
      const second = await two.ready();
      await expect(stat(installation.file('own-1/postgres'))).rejects.toMatchObject({ code: 'ENOENT' });
      // Both opened the KEK that one of them made.
      const token = await installation.tokenOf('own-1');
      const body = { name: 'anywhere', kubernetesMode: 'none', description: '' };
      expect((await ask(first.operatorUrl, 'POST /v1/clusters', { token, body })).status).toBe(201);
      expect((await ask(second.operatorUrl, 'GET /v1/clusters/anywhere', { token })).status).toBe(200);
      const keys = [first, second].map(({ operatorUrl }) => ask(operatorUrl, 'GET /.well-known/jwks.json'));
      const [a, b] = await Promise.all(keys);
      expect(a?.body).toEqual(b?.body);
      await expect(stat(installation.file('own-2.token'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await one.stop()).toBe(0);
      expect(await two.stop()).toBe(0);
    } finally {
      await test.stop();
    }
  });
});
