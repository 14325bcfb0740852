import { connectDatabase, startEmbeddedPostgres, type Database } from '@asterism/persistence';
import { join } from 'node:path';
import type { Configuration } from '../configuration.ts';
import type { Logger } from '../platform/logger.ts';
import type { Closers } from './closers.ts';

/**
 * The operator's own database where `DATABASE_URL` names one, else the embedded PostgreSQL in the data directory; migrated.
 * @throws PersistenceError
 */
export async function openDatabase(
  { data, databaseUrl }: Configuration,
  logger: Logger,
  closers: Closers,
): Promise<Database> {
  const onFault = (error: Error) => logger.warn({ err: error }, 'database fault');
  let connection: Parameters<typeof connectDatabase>[0]['connection'];
  if (databaseUrl === undefined) {
    const postgres = await startEmbeddedPostgres({
      directory: join(data, 'postgres'),
      onLog: (line) => logger.debug({ line }, 'postgres'),
      onFault,
    });
    closers.add('postgres', () => postgres.stop());
    ({ connection } = postgres);
  } else {
    connection = databaseUrl;
  }
  const database = await connectDatabase({ connection, maximumConnections: 20, onFault });
  closers.add('database', () => database.close());
  return database;
}
