import { CodedError } from '@asterism/bytes';
import { decryptStream } from '@asterism/keys/recovery';
import {
  PersistenceError,
  restoreBackup,
  startEmbeddedPostgres,
  type BackupManifest,
  type RestoreBackupOptions,
} from '@asterism/persistence';
import { mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readText } from '../connection/endpoint.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toFields } from '../output/table.ts';
import { requireMadeBy } from './signature.ts';

interface RestoreOptions {
  readonly in: string;
  readonly identity: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly jwks?: string;
}

/** Into an empty database, all of it or nothing. */
export async function restore({ context, options }: Invocation<RestoreOptions>): Promise<undefined> {
  const { jwks } = options;
  const keys = jwks === undefined ? undefined : await readText(jwks, 'key set');
  const identity = await readText(options.identity, 'identity');
  const check = keys === undefined ? undefined : requireMadeBy(keys);
  const manifest = await intoDatabase(options, async (connection) => {
    const source = await openBackup(options.in, identity);
    return restoreBackup({ connection, source, ...(check === undefined ? {} : { check }) });
  });
  const report = reportOf(manifest, check !== undefined);
  context.terminal.result(report, () => toText(report));
  if (check === undefined && !context.terminal.json) {
    context.terminal.note('who made it was not checked: --jwks takes the public keys that you kept');
  }
}

async function intoDatabase<Result>(
  { data, databaseUrl }: RestoreOptions,
  work: (connection: RestoreBackupOptions['connection']) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl !== undefined) return work(databaseUrl);
  if (data === undefined)
    throw new UsageError('usage', 'restore into what? --data DIR or --database-url URL');
  const folder = resolve(data);
  // As the API makes it.
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres') });
  try {
    return await work(postgres.connection);
  } finally {
    await postgres.stop();
  }
}

async function openBackup(file: string, identity: string): Promise<ReadableStream<Uint8Array>> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError('file-unreadable', `backup ${file} cannot be read (${cause.code ?? 'unknown'})`, {
      cause,
    });
  });
  const bytes = handle.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>;
  try {
    const decrypted = await decryptStream(identity, bytes);
    return decrypted.pipeThrough(new DecompressionStream('gzip'));
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new PersistenceError('backup-malformed', `${file} is not an age file, or it was altered`, {
      cause,
    });
  }
}

interface Report {
  readonly createdAt: string;
  readonly rows: number;
  readonly auditHead: BackupManifest['auditHead'];
  readonly maker: 'checked' | 'unchecked';
}

function reportOf({ createdAt, tables, auditHead }: BackupManifest, checked: boolean): Report {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return { createdAt, rows, auditHead, maker: checked ? 'checked' : 'unchecked' };
}

function toText({ createdAt, rows, auditHead, maker }: Report): string {
  return toFields([
    ['backup of', createdAt],
    ['rows', rows],
    ['audit head', auditHead === null ? null : `${auditHead.sequence} ${auditHead.hash}`],
    ['maker', maker],
  ]);
}
