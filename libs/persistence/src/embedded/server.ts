import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PersistenceError } from '../errors.ts';
import type { Launcher } from './launch.ts';
import { ServerLog } from './server-log.ts';
import { ROLE } from './data-directory.ts';

const READY_POLL_MS = 20;
/** Recovery after a crash replays at most `max_wal_size`. */
const READY_WITHIN_MS = 120_000;
const DAMAGED =
  /pg_control|checkpoint record|PANIC|could not open (?:file|directory)|does not exist|invalid|is not a database cluster/;

/**
 * Durable (fsync and full-page writes stay on), no TCP, small: 32 MB of buffers serve every working set we have.
 * Workers that only parallel queries and replication use are off.
 */
const SETTINGS = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  max_connections: '40',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_parallel_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  jit: 'off',
  huge_pages: 'off',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_destination: 'stderr',
} as const;

export interface RunningServer {
  readonly child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<string>;
}

/**
 * Starts `postgres` and waits until it answers.
 * @throws PersistenceError `postgres-start-failed`, `data-directory-damaged`, `data-directory-unusable`
 */
export async function startServer(
  launcher: Launcher,
  major: number,
  socketFolder: { readonly inside: string; readonly outside: string },
  onLog: (line: string) => void,
): Promise<RunningServer> {
  const settings: Record<string, string> = {
    ...SETTINGS,
    unix_socket_directories: socketFolder.inside,
    ...(major >= 18 ? { io_method: 'sync' } : {}),
  };
  const child = launcher.spawn('postgres', [
    ...['-D', join(launcher.directory, 'data')],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const log = new ServerLog(onLog);
  log.follow(child.stdout, child.stderr);
  let gone = false;
  const ended = once(child, 'close').then(
    ([code, signal]) => {
      gone = true;
      return `PostgreSQL ended (${signal === null ? `code ${code}` : signal}): ${log.summary()}`;
    },
    (error: Error) => {
      gone = true;
      return error.message;
    },
  );
  for (let waited = 0; waited < READY_WITHIN_MS; waited += READY_POLL_MS) {
    if (gone) throw startFailure(await ended);
    if (await answers(socketFolder.outside)) return { child, ended };
    await sleep(READY_POLL_MS);
  }
  child.kill('SIGQUIT');
  throw new PersistenceError('postgres-start-failed', `PostgreSQL does not answer: ${log.summary()}`);
}

function startFailure(message: string): PersistenceError {
  const code = /[Pp]ermission denied|Read-only file system|No space left/.test(message)
    ? 'data-directory-unusable'
    : DAMAGED.test(message)
      ? 'data-directory-damaged'
      : 'postgres-start-failed';
  return new PersistenceError(code, message);
}

async function answers(socketFolder: string): Promise<boolean> {
  const client = new pg.Client({ host: socketFolder, user: ROLE, database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const FAST_SHUTDOWN_MS = 20_000;

/** Fast shutdown (clients are disconnected, everything is written), then the immediate one. */
export async function stopServer(server: RunningServer): Promise<void> {
  const patience = new AbortController();
  server.child.kill('SIGINT');
  const late = sleep(FAST_SHUTDOWN_MS, 'late' as const, { signal: patience.signal }).catch(
    () => 'done' as const,
  );
  if ((await Promise.race([server.ended, late])) === 'late') server.child.kill('SIGQUIT');
  await server.ended;
  patience.abort();
}
