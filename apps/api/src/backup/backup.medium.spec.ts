import { toHex } from '@asterism/bytes';
import type { CreatedRecoverySet, RecoveryProgress } from '@asterism/contracts';
import { decryptStream } from '@asterism/keys/recovery';
import { connectDatabase, restoreBackup, startEmbeddedPostgres } from '@asterism/persistence';
import { startTestDatabase } from '@asterism/testkit';
import { makePeople, type Person } from '@asterism/testkit/recovery';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Platform } from '../platform/platform.ts';
import { dump } from '../testing/dump.ts';
import { makeFileSeal } from '../testing/file-seal.ts';
import { openShares, recipientsOf } from '../testing/people.ts';
import {
  serveTestOperators,
  startTestOperatorApi,
  type TestOperatorApi,
} from '../testing/test-operator-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';

const DEBIAN = '/usr/lib/postgresql/15/bin';

let folder: string;
let people: Person[];
let api: TestOperatorApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-backup-'));
  await chmod(folder, 0o711);
  people = await makePeople('Ada', 'Grace', 'Emmy');
  api = await startTestOperatorApi({ platform: { seals: await makeFileSeal(folder) } });
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

async function backup(body: object = {}, from = api): Promise<Buffer> {
  const response = await from.open('POST /v1/backups', { body });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  return Buffer.from(await response.arrayBuffer());
}

async function plain(bytes: Uint8Array, identity: string): Promise<ReadableStream<Uint8Array>> {
  const decrypted = await decryptStream(identity, ReadableStream.from([new Uint8Array(bytes)]));
  return decrypted.pipeThrough(new DecompressionStream('gzip'));
}

/** What has to be the same after everything was lost. */
async function identityOf({ clusterRoots, resultSigner }: Platform) {
  const { id } = api.clusters.production.cluster;
  const root = await clusterRoots.readRoot(id);
  return {
    root: createHash('sha256').update(root).digest('hex'),
    jwks: resultSigner.jwks,
  };
}

const REAL = [
  ['the embedded PostgreSQL', undefined],
  ['Debian’s PostgreSQL', { initdb: `${DEBIAN}/initdb`, postgres: `${DEBIAN}/postgres` }],
] as const;

describe('a backup of the API', () => {
  it.each(REAL)(
    'is restored into %s, opens with shares on another machine, and is the same API',
    async (name, installation) => {
      const recipients = recipientsOf(people);
      const { body } = await api.ask<CreatedRecoverySet>('POST /v1/recovery-sets', {
        body: { threshold: 2, recipients, reason: 'test' },
      });
      const [first, , third] = await openShares(body.shares, people);
      const token = (await api.token([{ role: 'admin', clusterId: null }])).secret;
      const before = await identityOf(api.platform);
      const bytes = await backup();
      const stored = await dump(api.test);

      const directory = join(folder, `postgres-${name.length}`);
      const postgres = await startEmbeddedPostgres({
        directory,
        ...(installation === undefined ? {} : { installation }),
      });
      try {
        const manifest = await restoreBackup({
          connection: postgres.connection,
          source: await plain(bytes, people[1]?.identity ?? ''),
          check: async ({ signature }, sha256) => {
            expect(await api.platform.resultSigner.read(signature ?? '')).toMatchObject({ sha256 });
          },
        });
        expect(manifest.auditHead?.sequence).toBeGreaterThan(0);
        const database = await connectDatabase({ connection: postgres.connection });
        const sql = (text: string, values: readonly unknown[] = []) =>
          database.prepared<Record<string, unknown>>('', text, values);
        expect(await dump({ sql })).toEqual(stored);
        const { platform, stop } = await createTestPlatform(database, { seals: await makeFileSeal(folder) });
        const operators = await serveTestOperators(platform);
        expect((await operators.ask('GET /health/ready', { token })).body).toMatchObject({
          status: 'sealed',
        });
        expect(platform.resultSigner.jwks).toEqual(before.jwks);
        for (const [share, recovered] of [
          [first, false],
          [third, true],
        ] as const) {
          const answer = await operators.ask<RecoveryProgress>('POST /v1/recovery/shares', {
            token,
            body: { share },
          });
          expect([answer.status, answer.body.recovered]).toEqual([200, recovered]);
        }
        expect(await identityOf(platform)).toEqual(before);
        const verified = await operators.ask<{ intact: boolean }>('GET /v1/audit/verify', { token });
        expect(verified.body.intact).toBe(true);
        await stop();
        await operators.close();
        await database.close();
      } finally {
        await postgres.stop();
      }
      if (installation === undefined) expect((await stat(join(directory, 'data'))).isDirectory()).toBe(true);
    },
    60_000,
  );

  it.each([
    ['of a wrong checksum', `age1${'q'.repeat(58)}`],
    ['of low order', `age1${'q'.repeat(52)}5cu47z`],
  ])('leaves no record and no connection behind where a recipient is %s', async (_, recipient) => {
    const created = () => api.test.sql(`select 1 from audit where action = 'backup.created'`);
    const before = (await created()).length;
    const recipients = [recipient];
    for (let n = 0; n < 12; n++) {
      const refused = await api.ask('POST /v1/backups', { body: { recipients } });
      expect([refused.status, refused.body.code]).toEqual([400, 'request-invalid']);
    }
    expect((await created()).length).toBe(before);
    const busy = `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
      and state <> 'idle'`;
    expect(await api.test.sql(busy)).toEqual([]);
  });

  it('is encrypted to the recipients that are named and to nobody else', async () => {
    const [ada, grace] = people;
    const bytes = await backup({ recipients: [grace?.recipient] });
    expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect(bytes.includes('production')).toBe(false);
    await expect(plain(bytes, ada?.identity ?? '')).rejects.toMatchObject({
      code: 'recovery-identity-wrong',
    });
    await expect(plain(bytes, grace?.identity ?? '')).resolves.toBeDefined();
  });

  it('needs somebody to be encrypted to', async () => {
    const other = await startTestOperatorApi();
    for (const body of [{}, { recipients: [] }]) {
      const answer = await other.ask('POST /v1/backups', { body });
      expect([answer.status, answer.body.code]).toEqual([400, 'recipients-missing']);
    }
    const wrong = people[0]?.recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    const answer = await other.ask('POST /v1/backups', { body: { recipients: [wrong] } });
    expect([answer.status, answer.body.code]).toEqual([400, 'request-invalid']);
    await other.stop();
  });

  it('that was altered or cut is refused at every place, and leaves nothing', async () => {
    const bytes = await backup({ recipients: [people[0]?.recipient] });
    const target = await startTestDatabase();
    const client = { ...target.connection, database: 'altered' };
    await target.sql('create database altered');
    for (const part of [0.2, 0.5, 0.8, 0.999]) {
      const at = Math.floor(part * bytes.length);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      for (const damaged of [flipped, bytes.subarray(0, at)]) {
        const restoring = plain(damaged, people[0]?.identity ?? '').then((source) =>
          restoreBackup({ connection: client, source }),
        );
        await expect(restoring).rejects.toThrow();
      }
    }
    // Nothing is in the way of the whole one.
    await restoreBackup({ connection: client, source: await plain(bytes, people[0]?.identity ?? '') });
    await target.stop();
  });

  it('is made while the keys are sealed as well, without a signature, and is recorded', async () => {
    const sealed = await api.replica({ seals: await makeFileSeal(folder) });
    expect(sealed.platform.sealing.isOpen).toBe(false);
    const bytes = await backup({ recipients: [people[0]?.recipient] }, { ...api, ...sealed });
    const target = await startTestDatabase();
    await target.sql('create database unsigned');
    const { signature } = await restoreBackup({
      connection: { ...target.connection, database: 'unsigned' },
      source: await plain(bytes, people[0]?.identity ?? ''),
    });
    expect(signature).toBeNull();
    const [record] = await api.test.sql(
      `select actor, details from audit where action = 'backup.created' order by sequence desc limit 1`,
    );
    expect(record).toMatchObject({
      actor: `token:${sealed.admin.id}`,
      details: { recipients: [people[0]?.recipient] },
    });
    await target.stop();
  });

  it('carries no key in the clear', async () => {
    const bytes = await backup({ recipients: [people[0]?.recipient] });
    const parts: Buffer[] = [];
    for await (const part of await plain(bytes, people[0]?.identity ?? '')) parts.push(Buffer.from(part));
    const text = Buffer.concat(parts).toString('latin1');
    const { id } = api.clusters.production.cluster;
    const secrets = [api.platform.sealing.kek, await api.platform.clusterRoots.readRoot(id)];
    for (const secret of secrets) {
      expect(text).not.toContain(toHex(secret));
      expect(text).not.toContain(Buffer.from(secret).toString('latin1'));
    }
    expect(text).not.toContain(api.admin.secret);
    expect(text).toContain('production');
  });

  it('is one at a time, and another is made when the first was left', async () => {
    const reading = await api.open('POST /v1/backups', { body: { recipients: [people[0]?.recipient] } });
    await reading.body?.cancel();
    await expect
      .poll(
        async () =>
          (await backup({ recipients: [people[0]?.recipient] }).catch(() => Buffer.alloc(0))).length,
        {
          timeout: 5_000,
        },
      )
      .toBeGreaterThan(1_000);
  });
});
