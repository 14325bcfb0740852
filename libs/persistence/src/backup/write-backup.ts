import { createHash } from 'node:crypto';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Database } from '../database/database.ts';
import { encodeFrames, encodeJson, magic } from './frames.ts';
import {
  manifestDigest,
  newHeader,
  type BackupManifest,
  type BackupTable,
  type TableContent,
} from './manifest.ts';
import { appliedMigrations, copySql, lastingTables } from './tables.ts';

export interface WriteBackupOptions {
  readonly database: Database;
  /** Signs the SHA-256 of the manifest (hexadecimal); null where nobody can. */
  readonly sign: (sha256: string) => Promise<string | null>;
  readonly signal: AbortSignal;
}

/**
 * The whole database as it is at one moment (one repeatable-read transaction), as a stream: a connection is held until it is
 * read to its end, memory is that of one chunk. Rows hold no secret in the clear, but names and public keys: encrypt it.
 */
export async function* writeBackup(options: WriteBackupOptions): AsyncGenerator<Uint8Array> {
  const { database, sign, signal } = options;
  const connection = await database.borrow();
  const { client } = connection;
  try {
    await client.query('begin isolation level repeatable read read only');
    const createdAt = database.clock().toISOString();
    const migrations = await appliedMigrations(client);
    const tables = await lastingTables(client);
    const auditHead = await readAuditHead(client);
    yield magic();
    yield* encodeJson('header', newHeader({ createdAt, migrations, tables }));
    const contents: TableContent[] = [];
    for (const table of tables) {
      const content = yield* copyOut(client, table, signal);
      contents.push(content);
      yield* encodeJson('table', content);
    }
    const manifest: BackupManifest = {
      schema: 'asterism/backup/v1',
      createdAt,
      migrations,
      tables: contents,
      auditHead,
      signature: null,
    };
    yield* encodeJson('manifest', { ...manifest, signature: await sign(manifestDigest(manifest)) });
    await client.query('commit');
    connection.release();
  } catch (cause) {
    connection.release(cause as Error);
    throw cause;
  } finally {
    // A reader that left in the middle: the connection is in the middle of a COPY, and of no use to anybody.
    connection.release(new Error('the backup was not read to its end'));
  }
}

async function* copyOut(
  client: pg.ClientBase,
  table: BackupTable,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, TableContent> {
  const hash = createHash('sha256');
  const stream = client.query(copyTo(copySql(table, 'to stdout')));
  for await (const chunk of stream) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
    yield* encodeFrames('data', chunk as Buffer);
  }
  return { name: table.name, rows: stream.rowCount, sha256: hash.digest('hex') };
}

async function readAuditHead(client: pg.ClientBase): Promise<BackupManifest['auditHead']> {
  const { rows } = await client.query<{ sequence: number; hash: string }>(
    'select sequence::int4, hash from audit order by sequence desc limit 1',
  );
  return rows[0] ?? null;
}
