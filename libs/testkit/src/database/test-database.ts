import { connectDatabase, startEmbeddedPostgres } from '@asterism/persistence';
import type { ConnectOptions, Database, EmbeddedPostgres, Installation } from '@asterism/persistence';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestDatabase {
  readonly database: Database;
  /** For another API on the same data: `connectDatabase({connection})` again. */
  readonly connection: Exclude<ConnectOptions['connection'], string>;
  /** A second connection pool, as another replica has it; closed by `stop`. */
  connectReplica(options?: Partial<ConnectOptions>): Promise<Database>;
  /** Runs SQL as the database's owner would, past every repository. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

interface SharedServer {
  readonly postgres: EmbeddedPostgres;
  readonly folder: string;
  users: number;
}

const TEMPLATE = 'asterism_template';
const servers = new Map<string, Promise<SharedServer>>();
let databases = 0;

/**
 * A database of its own for a test file: a copy of a migrated template on one server a process. The last `stop` ends
 * the server. Options such as `clock` go to the connection.
 */
export async function startTestDatabase(
  options: Partial<ConnectOptions> & { readonly installation?: Installation } = {},
): Promise<TestDatabase> {
  const { installation, ...connectOptions } = options;
  const key = installation?.postgres ?? 'packaged';
  const starting = servers.get(key) ?? startServer(installation);
  servers.set(key, starting);
  const server = await starting;
  server.users++;
  const name = `test_${++databases}`;
  const administrator = await openAdministrator(server.postgres);
  await administrator.query(`create database ${name} template ${TEMPLATE}`);
  await administrator.end();
  const connection = { ...server.postgres.connection, database: name };
  const opened: Database[] = [];
  const connectReplica = async (more: Partial<ConnectOptions> = {}) => {
    const database = await connectDatabase({ ...connectOptions, ...more, connection });
    opened.push(database);
    return database;
  };
  const database = await connectReplica();
  return {
    database,
    connection,
    connectReplica,
    sql: (text, values = []) => database.prepared('', text, values),
    stop: async () => {
      for (const each of opened) await each.close();
      server.users--;
      if (server.users > 0) return;
      servers.delete(key);
      await server.postgres.stop();
      await rm(server.folder, { recursive: true, force: true });
    },
  };
}

async function startServer(installation: Installation | undefined): Promise<SharedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-db-'));
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({
    directory: join(folder, 'postgres'),
    ...(installation === undefined ? {} : { installation }),
  });
  const administrator = await openAdministrator(postgres);
  await administrator.query(`create database ${TEMPLATE}`);
  await administrator.end();
  const template = await connectDatabase({ connection: { ...postgres.connection, database: TEMPLATE } });
  await template.close();
  return { postgres, folder, users: 0 };
}

async function openAdministrator(postgres: EmbeddedPostgres) {
  const database = await connectDatabase({ connection: postgres.connection, maximumConnections: 1 });
  return {
    query: (text: string) => database.prepared('', text, []),
    end: () => database.close(),
  };
}
