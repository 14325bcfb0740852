import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PersistenceError } from '../errors.ts';
import type { Account } from './account.ts';
import type { Launcher } from './launch.ts';
import { ServerLog } from './server-log.ts';

const run = promisify(execFile);

/** The role that owns everything in the embedded server; only its 0700 folder leads to it. */
export const ROLE = 'asterism';

/** Makes `directory` itself; its parent must exist, so that a mistyped path is an error. */
export async function makeDirectory(directory: string, account: Account): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o711 }).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    });
    await chmod(directory, 0o711);
    const socketFolder = join(directory, 'run');
    await mkdir(socketFolder, { recursive: true, mode: 0o700 });
    await own(socketFolder, account);
  } catch (cause) {
    throw unusable(directory, cause);
  }
}

/**
 * Makes the cluster files on the first start, else checks that they are there and of this version. `initdb` works in
 * a folder beside, so that a start that was killed leaves nothing that looks like data.
 * @returns true where it was made now
 * @throws PersistenceError `data-directory-newer`, `data-directory-older`, `data-directory-damaged`,
 * `data-directory-unusable`
 */
export async function prepareData(
  directory: string,
  launcher: Launcher,
  account: Account,
  major: number,
): Promise<boolean> {
  const data = join(directory, 'data');
  const entries = await readdir(data).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw unusable(data, cause);
  });
  if (entries !== undefined && entries.length > 0) {
    await checkVersion(data, major);
    await takeOver(data, account);
    return false;
  }
  const fresh = join(directory, 'data.new');
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { mode: 0o700 });
    await own(fresh, account);
  } catch (cause) {
    throw unusable(directory, cause);
  }
  await initialise(launcher);
  await rm(data, { recursive: true, force: true });
  await rename(fresh, data);
  return true;
}

async function initialise(launcher: Launcher): Promise<void> {
  const log = new ServerLog(() => undefined);
  const child = launcher.spawn('initdb', [
    ...['--pgdata', join(launcher.directory, 'data.new'), '--username', ROLE, '--auth', 'trust'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--data-checksums', '--no-instructions'],
  ]);
  log.follow(child.stdout, child.stderr);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new PersistenceError('postgres-start-failed', `initdb failed: ${log.summary()}`, {
      got: code,
      want: 0,
    });
  }
}

/** Major version of `postgres`, for example 18. @throws PersistenceError `postgres-binaries-missing` */
export async function readMajorVersion(postgres: string): Promise<number> {
  try {
    const { stdout } = await run(postgres, ['--version']);
    return Number(/(\d+)/.exec(stdout)?.[1]);
  } catch (cause) {
    throw new PersistenceError('postgres-binaries-missing', `cannot run ${postgres}`, { cause });
  }
}

/** Also called before a restart: data that went away is never made anew under a running API. */
export async function checkVersion(data: string, major: number): Promise<void> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw damaged(data, 'PG_VERSION is missing');
    throw unusable(data, cause);
  });
  if (!/^\d+\n$/.test(text)) throw damaged(data, 'PG_VERSION is not a version');
  const found = Number(text);
  if (found === major) return;
  const newer = found > major;
  throw new PersistenceError(
    newer ? 'data-directory-newer' : 'data-directory-older',
    `the data folder ${data} was written by ${newer ? 'a newer' : 'an older'} PostgreSQL`,
    { got: found, want: major },
  );
}

function damaged(data: string, what: string): PersistenceError {
  return new PersistenceError('data-directory-damaged', `the data folder ${data} is damaged: ${what}`);
}

function unusable(path: string, cause: unknown): PersistenceError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PersistenceError('data-directory-unusable', `cannot use ${path}: ${message}`, { cause });
}

async function own(path: string, account: Account): Promise<void> {
  if (account.switched) await chown(path, account.uid, account.gid);
}

/** A folder that an API of another user made before. */
async function takeOver(data: string, account: Account): Promise<void> {
  if (!account.switched || (await stat(data)).uid === account.uid) return;
  await run('chown', ['--recursive', '--no-dereference', `${account.uid}:${account.gid}`, data]);
}
