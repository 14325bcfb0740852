import { canonicalJsonBytes, type Json } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PersistenceError } from '../errors.ts';

const SCHEMA = 'asterism/backup/v1';

const tableSchema = z.strictObject({
  name: z.string().regex(/^[a-z_]{1,63}$/),
  columns: z.array(z.string().regex(/^[a-z0-9_]{1,63}$/)).min(1),
});
export type BackupTable = z.infer<typeof tableSchema>;

const headerSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  createdAt: z.iso.datetime(),
  /** Applied, in their order: the version of the tables. */
  migrations: z.array(z.string()).min(1),
  tables: z.array(tableSchema).min(1),
});
export type BackupHeader = z.infer<typeof headerSchema>;

const contentSchema = z.strictObject({
  name: z.string(),
  rows: z.number().int().nonnegative(),
  /** Of the rows as PostgreSQL's COPY writes them. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type TableContent = z.infer<typeof contentSchema>;

const manifestSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  createdAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  tables: z.array(contentSchema),
  /** The last record of the audit chain in this backup. */
  auditHead: z.strictObject({ sequence: z.number().int(), hash: z.string() }).nullable(),
  /** JWT of the API that made it, over the SHA-256 of all the rest; null where its keys were sealed. */
  signature: z.string().nullable(),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

export function newHeader(header: Omit<BackupHeader, 'schema'>): BackupHeader {
  return { schema: SCHEMA, ...header };
}

export function parseHeader(payload: Uint8Array): BackupHeader {
  return parse(headerSchema, payload, 'header');
}

export function parseContent(payload: Uint8Array): TableContent {
  return parse(contentSchema, payload, 'end of a table');
}

export function parseManifest(payload: Uint8Array): BackupManifest {
  return parse(manifestSchema, payload, 'manifest');
}

/** What the signature is over; hexadecimal. */
export function manifestDigest(manifest: BackupManifest): string {
  const unsigned = { ...manifest, signature: null };
  return createHash('sha256')
    .update(canonicalJsonBytes(unsigned as Json))
    .digest('hex');
}

function parse<Value>(schema: z.ZodType<Value>, payload: Uint8Array, what: string): Value {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (cause) {
    throw new PersistenceError('backup-malformed', `${what} of the backup is no JSON`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new PersistenceError('backup-malformed', `${what} of the backup does not fit ${SCHEMA}`, {
    cause: result.error,
  });
}
