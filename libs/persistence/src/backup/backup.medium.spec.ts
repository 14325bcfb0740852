import { startTestDatabase, seedCluster, type TestDatabase } from '@asterism/testkit';
import { Kysely, PostgresDialect } from 'kysely';
import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  audit,
  connectDatabase,
  events,
  inTransaction,
  manifestDigest,
  restoreBackup,
  settings,
  tokens,
  verifyAuditChain,
  writeBackup,
  type Database,
} from '../index.ts';
import { migrateTo } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { encodeFrames, encodeJson, FrameReader, magic, type Frame } from './frames.ts';
import { parseHeader, parseManifest } from './manifest.ts';

let test: TestDatabase;
let names = 0;
beforeAll(async () => {
  test = await startTestDatabase();
  await fill(test.database);
});
afterAll(() => test.stop());

async function fill(database: Database): Promise<void> {
  await seedCluster(database, { name: 'production' });
  await settings.write(
    database.queries,
    'binary',
    Uint8Array.from({ length: 256 }, (_, n) => n),
    new Date(),
  );
  for (let n = 0; n < 20; n++) {
    await inTransaction(database, async (tx) => {
      await tokens.create(tx, {
        name: `tab\t, line\n, quote " and \\ ${n} ☃`,
        kind: 'token',
        secretHash: Uint8Array.from({ length: 32 }, () => n),
        bindings: [{ role: 'viewer', clusterId: null }],
        createdBy: 'system',
        expiresAt: new Date(Date.now() + 1_000_000),
      });
      audit.append(tx, {
        clusterId: null,
        actor: 'system',
        action: 'token.created',
        target: `token:${n}`,
        details: { n, text: 'ü\\N\t' },
      });
      events.append(tx, { type: 'cluster.updated', clusterId: null, data: { n } });
    });
  }
}

async function emptyDatabase(): Promise<pg.ClientConfig> {
  const name = `restored_${process.pid}_${++names}`;
  await test.sql(`create database ${name}`);
  const { host, user } = test.connection;
  return { host, user, database: name };
}

const backup = (database = test.database) =>
  writeBackup({ database, sign: async () => null, signal: new AbortController().signal });

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

async function* inParts(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function framesOf(bytes: Uint8Array): Promise<Frame[]> {
  const reader = new FrameReader(inParts(bytes));
  const frames: Frame[] = [];
  do frames.push(await reader.next());
  while (frames.at(-1)?.kind !== 'manifest');
  return frames;
}

const joined = (frames: readonly Frame[]): Buffer =>
  Buffer.concat([magic(), ...frames.flatMap(({ kind, payload }) => [...encodeFrames(kind, payload)])]);

/** Everything that lasts, as text. */
async function dump(database: Database): Promise<Record<string, unknown>> {
  const tables = await database.prepared<{ name: string }>(
    '',
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
     and relpersistence = 'p' and relname not like 'kysely%' order by 1`,
    [],
  );
  const state: Record<string, unknown> = {};
  for (const { name } of tables) {
    state[name] = await database.prepared('', `select to_jsonb(t) as row from "${name}" t order by 1`, []);
  }
  return state;
}

async function tablesIn(connection: pg.ClientConfig): Promise<number> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rowCount } = await client.query(`select from pg_class where relnamespace = 'public'::regnamespace`);
  await client.end();
  return rowCount ?? 0;
}

async function refusal(bytes: Uint8Array, code: string, message?: RegExp): Promise<void> {
  const connection = await emptyDatabase();
  await expect(restoreBackup({ connection, source: inParts(bytes) })).rejects.toMatchObject({
    code,
    outcome: 'policy',
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
  });
  expect(await tablesIn(connection)).toBe(0);
}

describe('a backup', () => {
  it('is restored to the last byte, and the restored database goes on', async () => {
    const before = await dump(test.database);
    const connection = await emptyDatabase();
    const manifest = await restoreBackup({ connection, source: backup() });
    expect(manifest.tables.find(({ name }) => name === 'tokens')?.rows).toBe(20);
    const restored = await connectDatabase({ connection: connection as pg.PoolConfig });
    try {
      expect(await dump(restored)).toEqual(before);
      const head = await audit.readHead(restored.queries);
      expect(manifest.auditHead).toEqual(head);
      // The chain and the numbers of events go on where they were.
      await inTransaction(restored, async (tx) => {
        audit.append(tx, { clusterId: null, actor: 'system', action: 'a', target: 't', details: {} });
        events.append(tx, { type: 'cluster.updated', clusterId: null, data: {} });
      });
      expect(await verifyAuditChain(restored.queries, head)).toMatchObject({ intact: true });
      expect(await events.readLastId(restored.queries)).toBeGreaterThan(
        await events.readLastId(test.database.queries),
      );
    } finally {
      await restored.close();
    }
  });

  it('is of one moment: what is committed while it is read is not in it', async () => {
    const database = await test.connectReplica();
    const source = backup(database);
    const parts: Uint8Array[] = [];
    for await (const part of source) {
      // Nothing but the first line is read: every table is still to come.
      if (parts.length === 0) {
        await seedCluster(database, { name: 'late' });
        await inTransaction(database, async (tx) => {
          audit.append(tx, { clusterId: null, actor: 'system', action: 'late', target: 't', details: {} });
        });
      }
      parts.push(part);
    }
    const connection = await emptyDatabase();
    const { auditHead } = await restoreBackup({ connection, source: inParts(Buffer.concat(parts)) });
    const now = await audit.readHead(test.database.queries);
    expect(now?.sequence).toBe((auditHead?.sequence ?? 0) + 1);
    const restored = await connectDatabase({ connection: connection as pg.PoolConfig });
    expect(await audit.readHead(restored.queries)).toEqual(auditHead);
    const names = await restored.queries.selectFrom('clusters').select('name').execute();
    await restored.close();
    expect(names).toEqual([{ name: 'production' }]);
  });

  it('gives its connection back also when nobody reads on', async () => {
    const database = await test.connectReplica({ maximumConnections: 1 });
    for (let n = 0; n < 3; n++) {
      const source = backup(database);
      expect((await source.next()).done).toBe(false);
      await source.return(undefined);
    }
    expect(await database.isReachable()).toBe(true);
  });

  it('is signed over all that it says', async () => {
    const signed: string[] = [];
    const sign = async (sha256: string) => {
      signed.push(sha256);
      return `signature of ${sha256}`;
    };
    const source = writeBackup({ database: test.database, sign, signal: new AbortController().signal });
    const connection = await emptyDatabase();
    const seen: string[] = [];
    await restoreBackup({
      connection,
      source,
      check: async (manifest, sha256) => {
        expect(manifestDigest(manifest)).toBe(sha256);
        seen.push(sha256, String(manifest.signature));
      },
    });
    expect(seen).toEqual([signed[0], `signature of ${signed[0]}`]);
  });

  it('of older tables is restored and brought to this version', async () => {
    const old = await framesOf(await bytesOf(backup()));
    const header = parseHeader(old[0]?.payload ?? Buffer.alloc(0));
    // As 0003 left the database: no tables and columns of 0004.
    const later = ['data_keys', 'rewraps', 'seal_slots', 'recovery_sets', 'recovery_shares'];
    const connection = await emptyDatabase();
    expect(header.migrations).toContain('0004-keys');
    const source = await oldDatabase(connection);
    const { tables, migrations } = parseHeader((await framesOf(source))[0]?.payload ?? Buffer.alloc(0));
    expect(migrations.at(-1)).toBe('0003-machines-without-ek');
    expect(tables.map(({ name }) => name).filter((name) => later.includes(name))).toEqual([]);
    const target = await emptyDatabase();
    await restoreBackup({ connection: target, source: inParts(source) });
    const restored = await connectDatabase({ connection: target as pg.PoolConfig });
    const slots = await restored.queries.selectFrom('sealSlots').select(['kind', 'sealed']).execute();
    await restored.close();
    expect(slots).toEqual([{ kind: 'first', sealed: Buffer.from('sealed') }]);
  });
});

/** The backup of a database that 0003 made, with one sealed KEK as it was kept then. */
async function oldDatabase(connection: pg.ClientConfig): Promise<Buffer> {
  const pool = new pg.Pool(connection as pg.PoolConfig);
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  await kysely.transaction().execute((tx) => migrateTo(tx, '0003-machines-without-ek'));
  await pool.query(`insert into settings values ('kek', 'sealed', now())`);
  const database = {
    clock: () => new Date(),
    borrow: async () => {
      const client = await pool.connect();
      let given = false;
      return { client, release: () => void (given || client.release(), (given = true)) };
    },
  } as unknown as Database;
  const bytes = await bytesOf(backup(database));
  await kysely.destroy();
  return bytes;
}

describe('a restore is refused, and leaves the database empty', () => {
  let whole: Buffer;
  let frames: Frame[];
  beforeAll(async () => {
    whole = await bytesOf(backup());
    frames = await framesOf(whole);
    expect(joined(frames).equals(whole)).toBe(true);
  });

  it('into a database that has anything in it', async () => {
    const connection = await emptyDatabase();
    const client = new pg.Client(connection);
    await client.connect();
    await client.query('create table mine (n integer); insert into mine values (1)');
    await expect(restoreBackup({ connection, source: inParts(whole) })).rejects.toMatchObject({
      code: 'database-not-empty',
    });
    expect((await client.query('select n from mine')).rows).toEqual([{ n: 1 }]);
    expect((await client.query(`select from pg_class where relname = 'clusters'`)).rowCount).toBe(0);
    await client.end();
  });

  it('of something else, and of one that was cut or goes on', async () => {
    await refusal(Buffer.from('PGDMP'), 'backup-malformed');
    await refusal(Buffer.from('PGDMP and more than the first line has'), 'backup-malformed', /not a backup/);
    for (const part of [0.1, 0.5, 0.9, 0.999]) {
      await refusal(whole.subarray(0, Math.floor(part * whole.length)), 'backup-malformed', /cut off/);
    }
    await refusal(Buffer.concat([whole, Buffer.alloc(1)]), 'backup-malformed', /goes on/);
  });

  it('of one that a newer version made, or one with holes', async () => {
    const [first, ...rest] = frames;
    const header = parseHeader(first?.payload ?? Buffer.alloc(0));
    const changed = (migrations: readonly string[]) =>
      Buffer.concat([
        magic(),
        ...encodeJson('header', { ...header, migrations }),
        joined(rest).subarray(magic().length),
      ]);
    await refusal(changed([...header.migrations, '9999-later']), 'backup-newer');
    await refusal(changed(header.migrations.slice(1)), 'backup-malformed', /holes/);
    await refusal(changed(header.migrations.slice(0, 2)), 'backup-malformed', /not those of its version/);
  });

  it('of one with a changed row, digest, count, order or manifest', async () => {
    const at = (kind: string, text: string) =>
      frames.findIndex((frame) => frame.kind === kind && frame.payload.includes(text));
    const edited = (index: number, from: string | RegExp, to: string) => {
      const payload = Buffer.from(
        (frames[index]?.payload ?? Buffer.alloc(0)).toString('utf8').replace(from, to),
      );
      expect(payload.equals(frames[index]?.payload ?? payload)).toBe(false);
      return joined(frames.with(index, { ...(frames[index] as Frame), payload }));
    };
    await refusal(
      edited(at('data', 'production'), 'production', 'productive'),
      'backup-altered',
      /not as it was written/,
    );
    await refusal(edited(at('table', 'tokens'), /"rows":\d+/, '"rows":999'), 'backup-altered');
    await refusal(edited(frames.length - 1, /"rows":20/, '"rows":21'), 'backup-altered', /manifest/);
    await refusal(
      edited(frames.length - 1, /"createdAt":"\d{4}/, '"createdAt":"1999'),
      'backup-altered',
      /manifest/,
    );
    const [a, b] = [at('data', 'quote'), at('data', 'quote') + 1];
    const swapped = frames.with(a, frames[b] as Frame).with(b, frames[a] as Frame);
    await refusal(joined(swapped), 'backup-altered');
  });

  it('S30 of one whose audit chain was edited, though every digest fits', async () => {
    const forged = await forge('audit', (rows) => rows.replace('token:7', 'token:8'));
    await refusal(forged, 'backup-altered', /audit chain breaks at 8: .*hash/);
  });

  it('S30 of one whose audit chain was cut at its end, though every digest fits', async () => {
    const forged = await forge('audit', (rows) => rows.replace(/[^\n]*\n$/, ''));
    await refusal(forged, 'backup-altered', /audit chain breaks/);
  });

  it('of rows that break a reference', async () => {
    await refusal(await forge('clusters', () => ''), 'backup-altered');
  });

  it('where the check of its maker fails', async () => {
    const connection = await emptyDatabase();
    const check = () => Promise.reject(new Error('not ours'));
    await expect(restoreBackup({ connection, source: inParts(whole), check })).rejects.toMatchObject({
      code: 'backup-altered',
    });
    expect(await tablesIn(connection)).toBe(0);
  });

  /** What somebody writes who knows the format and whom nobody checks. */
  async function forge(table: string, edit: (rows: string) => string): Promise<Buffer> {
    const header = parseHeader(frames[0]?.payload ?? Buffer.alloc(0));
    const manifest = parseManifest(frames.at(-1)?.payload ?? Buffer.alloc(0));
    const parts: Uint8Array[] = [magic(), ...encodeJson('header', header)];
    const tables = [];
    let rest = frames.slice(1);
    for (const { name } of header.tables) {
      const end = rest.findIndex(({ kind }) => kind === 'table');
      const rows = rest
        .slice(0, end)
        .map(({ payload }) => payload.toString('utf8'))
        .join('');
      rest = rest.slice(end + 1);
      const text = name === table ? edit(rows) : rows;
      if (name === table) expect(text).not.toBe(rows);
      const content = {
        name,
        rows: text.split('\n').length - 1,
        sha256: createHash('sha256').update(text).digest('hex'),
      };
      tables.push(content);
      parts.push(...encodeFrames('data', Buffer.from(text)), ...encodeJson('table', content));
    }
    parts.push(...encodeJson('manifest', { ...manifest, tables }));
    return Buffer.concat(parts);
  }
});
