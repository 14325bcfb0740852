import { sql, type Kysely, type Transaction } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { PersistenceError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { firstRooms } from './0001-first-rooms.ts';
import { collateral } from './0002-collateral.ts';
import { machinesWithoutEk } from './0003-machines-without-ek.ts';
import { keyManagement } from './0004-keys.ts';
import { sshAccess } from './0005-ssh-access.ts';

/** The one history. Never change an entry that was released; add the next. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-rooms': firstRooms,
  '0002-collateral': collateral,
  '0003-machines-without-ek': machinesWithoutEk,
  '0004-keys': keyManagement,
  '0005-ssh-access': sshAccess,
};

/**
 * Brings the schema to this version. Replicas that start together wait for one another (advisory lock).
 * @throws PersistenceError `database-newer` where the database knows a migration that this build does not.
 */
export async function migrate(database: Kysely<Schema>): Promise<void> {
  await refuseNewer(database);
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await refuseNewer(database);
    throw error;
  }
}

/**
 * Brings an empty schema to the migration that is named, or on to the latest.
 * @param transaction of which the tables are a part
 */
export async function migrateTo(transaction: Transaction<Schema>, name: string): Promise<void> {
  const migrator = new Migrator({
    db: transaction,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error } = await (name === 'latest' ? migrator.migrateToLatest() : migrator.migrateTo(name));
  if (error !== undefined) throw error;
}

/** Whether these are our migrations from the first on. @throws PersistenceError `backup-newer`, `backup-malformed` */
export function requireKnown(names: readonly string[]): void {
  const known = Object.keys(MIGRATIONS);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new PersistenceError('backup-newer', 'the backup was made by a newer version of this program', {
      got: unknown,
      want: known,
    });
  }
  if (names.join() !== known.slice(0, names.length).join()) {
    throw new PersistenceError('backup-malformed', 'the migrations of the backup have holes', { got: names });
  }
}

async function refuseNewer(database: Kysely<Schema>): Promise<void> {
  const plain = database.withoutPlugins();
  const { rows: tables } = await sql<{ name: string | null }>`
    select to_regclass('kysely_migration')::text as name`.execute(plain);
  if (typeof tables[0]?.name !== 'string') return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(plain);
  const unknown = rows.map((row) => row.name).filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length > 0) {
    throw new PersistenceError(
      'database-newer',
      'the database was written by a newer version of this program',
      {
        got: unknown,
        want: Object.keys(MIGRATIONS),
      },
    );
  }
}
