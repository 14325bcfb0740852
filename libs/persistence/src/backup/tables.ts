import type pg from 'pg';
import type { BackupTable } from './manifest.ts';

/** What a migration makes, and rows that only say how far the tables are. */
const NOT_KEPT: readonly string[] = ['node_transitions', 'kysely_migration', 'kysely_migration_lock'];

interface Reference {
  readonly from: string;
  readonly to: string;
}

/**
 * Every table that lasts, those that others refer to first, so that rows can be copied in in this order. Unlogged tables do
 * not last: what is in them lives for seconds.
 */
export async function lastingTables(client: pg.ClientBase): Promise<BackupTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relkind = 'r' and c.relpersistence = 'p' and c.relname <> all ($1)
     group by c.relname order by c.relname`,
    [NOT_KEPT],
  );
  // A deferrable one is checked at the commit.
  const references = await client.query<Reference>(
    `select conrelid::regclass::text as from, confrelid::regclass::text as to
     from pg_constraint where contype = 'f' and not condeferrable and conrelid <> confrelid`,
  );
  return inOrder(rows, references.rows);
}

function inOrder(tables: readonly BackupTable[], references: readonly Reference[]): BackupTable[] {
  const names = new Set(tables.map(({ name }) => name));
  const waiting = new Map(tables.map((table) => [table.name, table]));
  const ordered: BackupTable[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(({ name }) =>
      references.every(({ from, to }) => from !== name || !names.has(to) || !waiting.has(to)),
    );
    if (ready.length === 0) throw new Error(`tables refer to one another: ${[...waiting.keys()].join(', ')}`);
    for (const table of ready) {
      ordered.push(table);
      waiting.delete(table.name);
    }
  }
  return ordered;
}

export async function appliedMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from kysely_migration order by name');
  return rows.map(({ name }) => name);
}

export const copySql = ({ name, columns }: BackupTable, direction: 'to stdout' | 'from stdin'): string =>
  `copy ${quoted(name)} (${columns.map(quoted).join(', ')}) ${direction}`;

/** Names are of `[a-z0-9_]` alone: see the manifest's schema. */
const quoted = (name: string) => `"${name}"`;
