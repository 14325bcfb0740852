import { CodedError } from '@asterism/bytes';
import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type Transaction as KyselyTransaction,
} from 'kysely';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { verifyAuditChain } from '../audit-chain.ts';
import { isDatabaseUnavailable, toPersistenceError } from '../database/database-errors.ts';
import { readType } from '../database/types.ts';
import { PersistenceError } from '../errors.ts';
import { migrateTo, requireKnown } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { FrameReader } from './frames.ts';
import {
  manifestDigest,
  parseContent,
  parseHeader,
  parseManifest,
  type BackupHeader,
  type BackupManifest,
  type BackupTable,
  type TableContent,
} from './manifest.ts';
import { copySql, lastingTables } from './tables.ts';

export interface RestoreBackupOptions {
  /** Of an empty database. */
  readonly connection: string | pg.ClientConfig;
  /** The plain text of a backup. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Checks who made it, by the manifest's signature over its digest; whatever it throws ends the restore. */
  readonly check?: (manifest: BackupManifest, sha256: string) => Promise<void>;
}

/**
 * Puts a backup into an empty database and brings it to this version, in one transaction, which is committed when counts,
 * digests, references and the audit chain have been found right. Whatever is not leaves the database empty.
 * @throws PersistenceError `database-not-empty`, `backup-newer`, `backup-malformed`, `backup-altered`, `database-unavailable`;
 *   and coded errors of the source and of `check`
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<BackupManifest> {
  const { connection } = options;
  const client = new pg.Client({
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: readType as typeof pg.types.getTypeParser },
  });
  // What breaks it fails the query under way; its event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await onClient(client, (transaction) => restore(client, transaction, options));
  } catch (cause) {
    throw toRestoreError(cause);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Kysely over one connection, so that what it does and what is copied are one transaction. */
function onClient<Result>(
  client: pg.Client,
  work: (transaction: KyselyTransaction<Schema>) => Promise<Result>,
): Promise<Result> {
  const connection = {
    query: (text: never, values: never) => client.query(text, values),
    release: () => undefined,
  };
  const pool = { connect: async () => connection, end: async () => undefined };
  const queries = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  return queries.transaction().execute(work);
}

async function restore(
  client: pg.Client,
  transaction: KyselyTransaction<Schema>,
  { source, check }: RestoreBackupOptions,
): Promise<BackupManifest> {
  await requireEmpty(client);
  const reader = new FrameReader(source);
  const header = parseHeader(await reader.expect('header'));
  requireKnown(header.migrations);
  await migrateTo(transaction, header.migrations.at(-1) ?? '');
  await requireTables(client, header);
  const contents: TableContent[] = [];
  for (const table of header.tables) contents.push(await copyIn(client, table, reader));
  const manifest = parseManifest(await reader.expect('manifest'));
  await reader.expectEnd();
  requireSame(manifest, header, contents);
  await check?.(manifest, manifestDigest(manifest));
  await client.query('set constraints all immediate');
  await advanceIdentities(client, header.tables);
  const chain = await verifyAuditChain(transaction, manifest.auditHead ?? undefined);
  if (!chain.intact) throw altered(`the audit chain breaks at ${chain.brokenAt}: ${chain.reason}`);
  if (chain.records !== (manifest.auditHead?.sequence ?? 0))
    throw altered('the audit chain goes on behind its head');
  await migrateTo(transaction, 'latest');
  return manifest;
}

async function requireEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = current_schema() and c.relkind in ('r', 'v', 'm', 'S', 'p') limit 3`,
  );
  if (rows.length === 0) return;
  throw new PersistenceError('database-not-empty', 'the database to restore into is not empty', {
    got: rows.map(({ name }) => name),
  });
}

/** Which tables and columns there are is said by the migrations, not by the file. */
async function requireTables(client: pg.Client, { tables }: BackupHeader): Promise<void> {
  const nameOf = ({ name, columns }: BackupTable) => `${name} (${[...columns].sort().join(', ')})`;
  const want = (await lastingTables(client)).map(nameOf);
  const got = tables.map(nameOf);
  if (want.join() !== got.join()) {
    throw new PersistenceError('backup-malformed', 'the tables of the backup are not those of its version', {
      got,
      want,
    });
  }
}

async function copyIn(client: pg.Client, table: BackupTable, reader: FrameReader): Promise<TableContent> {
  const hash = createHash('sha256');
  let content: TableContent | undefined;
  async function* rows() {
    for (;;) {
      const { kind, payload } = await reader.next();
      if (kind === 'table') {
        content = parseContent(payload);
        return;
      }
      if (kind !== 'data') throw altered(`table ${table.name} does not end`);
      hash.update(payload);
      yield payload;
    }
  }
  const stream = client.query(copyFrom(copySql(table, 'from stdin')));
  await pipeline(Readable.from(rows(), { objectMode: false, highWaterMark: 64 * 1024 }), stream);
  const copied = { name: table.name, rows: stream.rowCount, sha256: hash.digest('hex') };
  if (content?.name !== copied.name || content.rows !== copied.rows || content.sha256 !== copied.sha256) {
    throw altered(`table ${table.name} is not as it was written`);
  }
  return copied;
}

function requireSame(
  manifest: BackupManifest,
  header: BackupHeader,
  contents: readonly TableContent[],
): void {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const fits =
    manifest.createdAt === header.createdAt &&
    same(manifest.migrations, header.migrations) &&
    same(manifest.tables, contents);
  if (!fits) throw altered('the manifest is not that of what came before it');
}

/** Rows brought their own numbers; the next one goes on after them. */
async function advanceIdentities(client: pg.Client, tables: readonly BackupTable[]): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select c.relname::text as table, a.attname::text as column from pg_attribute a
     join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = current_schema() and a.attidentity <> '' and c.relname = any ($1)`,
    [tables.map(({ name }) => name)],
  );
  for (const { table, column } of rows) {
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), greatest(max("${column}"), 1), max("${column}") is not null)
       from "${table}"`,
      [table, column],
    );
  }
}

function altered(message: string): PersistenceError {
  return new PersistenceError('backup-altered', message);
}

/** What PostgreSQL does not take, or the source cannot give, is the backup's fault; nothing of it is kept. */
function toRestoreError(cause: unknown): unknown {
  if (cause instanceof CodedError || isDatabaseUnavailable(cause)) return toPersistenceError(cause);
  return new PersistenceError(
    'backup-altered',
    'the backup cannot be read, or the database does not take it',
    {
      cause,
    },
  );
}
