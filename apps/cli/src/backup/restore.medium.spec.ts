import { encryptStream } from '@asterism/keys/recovery';
import {
  audit,
  connectDatabase,
  inTransaction,
  settings,
  startEmbeddedPostgres,
  writeBackup,
} from '@asterism/persistence';
import { startTestDatabase, type TestDatabase } from '@asterism/testkit';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-appraise.ts';

let folder: string;
let test: TestDatabase;
let signer: CryptoKey;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-restore-'));
  await chmod(folder, 0o711);
  test = await startTestDatabase();
  await settings.write(test.database.queries, 'kept', Uint8Array.of(1, 2, 3), new Date());
  await inTransaction(test.database, async (tx) => {
    audit.append(tx, { clusterId: null, actor: 'system', action: 'a', target: 't', details: {} });
  });
  const keys = await generateKeyPair('ES256', { extractable: true });
  signer = keys.privateKey;
  await writeFile(
    file('jwks.json'),
    JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256' }] }),
  );
  const other = await generateKeyPair('ES256', { extractable: true });
  await writeFile(
    file('other.json'),
    JSON.stringify({ keys: [{ ...(await exportJWK(other.publicKey)), alg: 'ES256' }] }),
  );
  const identity = await generateX25519Identity();
  await writeFile(file('ada.key'), `# created: today\n${identity}\n`);
  await writeFile(file('eve.key'), await generateX25519Identity());
  const recipients = [await identityToRecipient(identity)];
  await make('signed.age', recipients, (sha256) =>
    new SignJWT({ sha256 }).setProtectedHeader({ alg: 'ES256', typ: 'asterism-backup+jwt' }).sign(signer),
  );
  await make('unsigned.age', recipients, async () => null);
  await make('another.age', recipients, () =>
    new SignJWT({ sha256: '00' })
      .setProtectedHeader({ alg: 'ES256', typ: 'asterism-backup+jwt' })
      .sign(signer),
  );
});
afterAll(async () => {
  await test.stop();
  await rm(folder, { recursive: true, force: true });
});

async function make(name: string, recipients: string[], sign: (sha256: string) => Promise<string | null>) {
  const plain = writeBackup({ database: test.database, sign, signal: new AbortController().signal });
  const zipped = ReadableStream.from(plain).pipeThrough(new CompressionStream('gzip'));
  const parts: Uint8Array[] = [];
  for await (const part of await encryptStream(recipients, zipped)) parts.push(part);
  await writeFile(file(name), Buffer.concat(parts));
}

const restore = (backup: string, ...rest: string[]) =>
  runCommand('restore', '--in', file(backup), '--identity', file('ada.key'), ...rest);

describe('asterism restore', () => {
  it('puts a backup into the data directory of an API, once', async () => {
    const { exitCode, out } = await restore(
      'signed.age',
      '--data',
      file('api'),
      '--jwks',
      file('jwks.json'),
      '--json',
    );
    expect([exitCode, JSON.parse(out)]).toMatchObject([0, { maker: 'checked', auditHead: { sequence: 1 } }]);
    const postgres = await startEmbeddedPostgres({ directory: file('api/postgres') });
    const database = await connectDatabase({ connection: postgres.connection });
    expect(await settings.read(database.queries, 'kept')).toEqual(Buffer.of(1, 2, 3));
    await database.close();
    await postgres.stop();
    const again = await restore('signed.age', '--data', file('api'));
    expect([again.exitCode, again.err]).toEqual([1, expect.stringContaining('database-not-empty')]);
  });

  it('puts it into a PostgreSQL of the operator’s, and says that nobody checked its maker', async () => {
    await test.sql('create database external');
    const { host, user } = test.connection;
    const url = `postgres://${user}@/external?host=${encodeURIComponent(String(host))}`;
    const { exitCode, out, err } = await restore('unsigned.age', '--database-url', url);
    expect([exitCode, err]).toEqual([0, expect.stringContaining('was not checked')]);
    expect(out).toMatch(/maker +unchecked/);
  });

  it.each([
    ['signed.age', 'other.json', /backup-signature-wrong.*not signed by one of these keys/],
    ['unsigned.age', 'jwks.json', /backup-signature-wrong.*not signed/],
    ['another.age', 'jwks.json', /backup-signature-wrong.*of something else/],
  ])('refuses %s against %s', async (backup, jwks, message) => {
    const { exitCode, err } = await restore(backup, '--data', file('refused'), '--jwks', file(jwks));
    expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it('refuses what somebody else can read, what was altered, and what is no backup', async () => {
    const foreign = await runCommand(
      'restore',
      '--in',
      file('signed.age'),
      '--identity',
      file('eve.key'),
      '--data',
      file('refused'),
    );
    expect([foreign.exitCode, foreign.err]).toEqual([2, expect.stringContaining('recovery-identity-wrong')]);
    const bytes = await readFile(file('signed.age'));
    bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1;
    await writeFile(file('altered.age'), bytes);
    await writeFile(file('cut.age'), bytes.subarray(0, bytes.length - 200));
    await writeFile(file('none.age'), 'PGDMP');
    for (const name of ['altered.age', 'cut.age', 'none.age']) {
      const { exitCode, err } = await restore(name, '--data', file('refused'));
      expect([name, exitCode, err]).toEqual([name, 1, expect.stringMatching(/backup-(?:altered|malformed)/)]);
    }
    // Nothing of them is in the way of the whole one.
    expect((await restore('signed.age', '--data', file('refused'))).exitCode).toBe(0);
    expect((await stat(file('refused'))).mode & 0o777).toBe(0o711);
  });

  it.each([
    [[], 'usage'],
    [['--data', '/x', '--database-url', 'postgres://x'], 'usage'],
    [['--data', '/x', '--jwks', '/nowhere'], 'file-unreadable'],
  ])('says what is wrong with %j', async (options, code) => {
    const answer = await restore('signed.age', ...options);
    expect([answer.exitCode, answer.err]).toEqual([2, expect.stringContaining(code)]);
  });
});
