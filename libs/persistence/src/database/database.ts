import pg from 'pg';
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../id.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { toPersistenceError } from './database-errors.ts';
import { Listener, type Subscription } from './listener.ts';
import { nameMarkedStatements } from './prepared-statements.ts';
import { readType } from './types.ts';
import { writeRecords, type Queries, type Transaction } from './transaction.ts';

export interface ConnectOptions {
  /** `postgres://…` of the operator's own database, or the pool configuration of `startEmbeddedPostgres`. */
  readonly connection: string | pg.PoolConfig;
  /** Connections at most; 10 by default. */
  readonly maximumConnections?: number;
  readonly clock?: () => Date;
  readonly random?: (length: number) => Uint8Array;
  /** Told of connections that broke while idle and of listeners that reconnect. Never fatal. */
  readonly onFault?: (error: Error) => void;
}

export interface Database {
  readonly queries: Queries;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** Calls `handle` with each payload notified on `channel`; see Listener for what happens on a reconnect. */
  listen(channel: string, handle: (payload: string) => void, onReconnect: () => void): Promise<Subscription>;
  notify(channel: string, payload: string): Promise<void>;
  /** A named statement that PostgreSQL plans once a connection: for the few that every join runs. */
  prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>;
  /** A connection of the pool, for what needs one to itself: COPY. To be given back, with an error where it is of no use. */
  borrow(): Promise<{ readonly client: pg.PoolClient; release(broken?: Error): void }>;
  /** True when the database answers. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the pool and brings the schema to this version.
 * @throws PersistenceError `database-newer`, `database-unavailable`
 */
export async function connectDatabase(options: ConnectOptions): Promise<Database> {
  const clock = options.clock ?? (() => new Date());
  const random = options.random ?? ((length: number) => new Uint8Array(randomBytes(length)));
  const onFault = options.onFault ?? (() => undefined);
  const configuration: pg.PoolConfig = {
    ...(typeof options.connection === 'string'
      ? { connectionString: options.connection }
      : options.connection),
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: readType as typeof pg.types.getTypeParser },
  };
  const pool = new pg.Pool({ ...configuration, max: options.maximumConnections ?? 10 });
  pool.on('error', onFault);
  // The pool listens to idle connections only. One that breaks in use fails its query, and its event, which nobody
  // else hears, would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  nameMarkedStatements(pool);
  const queries = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  const listener = new Listener(configuration, onFault);
  try {
    await migrate(queries);
  } catch (cause) {
    await queries.destroy();
    throw toPersistenceError(cause);
  }
  return {
    queries,
    clock,
    newId: () => uuidv7(clock(), random),
    listen: (channel, handle, onReconnect) => listener.subscribe(channel, handle, onReconnect),
    notify: async (channel, payload) => {
      await pool.query('select pg_notify($1, $2)', [channel, payload]);
    },
    prepared: async <Row>(name: string, text: string, values: readonly unknown[]) => {
      const result = await pool.query({ name, text, values: [...values] });
      return result.rows as Row[];
    },
    borrow: async () => {
      const client = await pool.connect().catch((cause: unknown) => {
        throw toPersistenceError(cause);
      });
      let given = false;
      const release = (broken?: Error) => {
        if (!given) client.release(broken);
        given = true;
      };
      return { client, release };
    },
    isReachable: () =>
      pool.query('select 1').then(
        () => true,
        () => false,
      ),
    close: async () => {
      await listener.close();
      await queries.destroy();
    },
  };
}

/**
 * Runs `work` in one transaction with its audit records and events; an exception rolls all of it back.
 * @throws PersistenceError as `work` throws it, or `database-unavailable`
 */
export async function inTransaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await database.queries.transaction().execute(async (queries) => {
      const tx: Transaction = {
        queries,
        now: database.clock(),
        newId: database.newId,
        audits: [],
        occurrences: [],
      };
      const result = await work(tx);
      await writeRecords(tx);
      return result;
    });
  } catch (cause) {
    throw toPersistenceError(cause);
  }
}

/**
 * Reads that all see the same moment, whatever commits between them.
 * @throws PersistenceError `database-unavailable`
 */
export async function inSnapshot<Result>(
  database: Database,
  read: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  try {
    return await database.queries
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(read);
  } catch (cause) {
    throw toPersistenceError(cause);
  }
}
