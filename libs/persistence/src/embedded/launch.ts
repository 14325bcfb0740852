import { spawn, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PersistenceError } from '../errors.ts';
import type { Account } from './account.ts';

/** Where PostgreSQL's programs are, all in one folder's `bin`. */
export interface Installation {
  readonly initdb: string;
  readonly postgres: string;
}

/** How to start a program so that it sees the folder and the binaries, as whom, and under which paths. */
export interface Launcher {
  readonly directory: string;
  readonly installation: Installation;
  spawn(program: 'initdb' | 'postgres', parameters: readonly string[]): ChildProcess;
}

/** A folder every Debian has; covered by a tmpfs in the server's own mount namespace only. */
const MOUNT = '/mnt';

/** Arguments: directory, installation, then the command. */
const IN_NAMESPACE = `set -e
mount -t tmpfs -o mode=0755,size=64k asterism ${MOUNT}
mkdir ${MOUNT}/directory ${MOUNT}/installation
mount --bind "$1" ${MOUNT}/directory
mount --bind "$2" ${MOUNT}/installation
cd /
shift 2
exec "$@"`;

/**
 * The server has a session of its own, so that Ctrl-C reaches only the API, and gets SIGINT (fast shutdown) from the
 * kernel when the API dies, however it dies. Where the folder lies under one that the server's user may not enter
 * (root's home, a temporary folder of root's), it runs in a mount namespace that shows it just the folder and its
 * binaries, rather than with more rights.
 * @throws PersistenceError `data-directory-unusable` where neither is possible
 */
export async function toLauncher(
  directory: string,
  installation: Installation,
  account: Account,
): Promise<Launcher> {
  const root = dirname(dirname(installation.postgres));
  const blocked = account.switched
    ? ((await findBlocked(directory, account)) ?? (await findBlocked(root, account)))
    : undefined;
  const dropped = account.switched
    ? ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups']
    : [];
  const asAccount = ['setpriv', ...dropped, '--pdeathsig', 'INT', '--'];
  if (blocked === undefined) {
    return {
      directory,
      installation,
      spawn: (program, parameters) => start([...asAccount, installation[program], ...parameters], directory),
    };
  }
  if (!(await canMount())) {
    throw new PersistenceError(
      'data-directory-unusable',
      `the user that PostgreSQL runs as cannot enter ${blocked}: allow it with "chmod o+x ${blocked}" or choose another folder`,
      { got: blocked },
    );
  }
  const inside = {
    initdb: join(MOUNT, 'installation/bin/initdb'),
    postgres: join(MOUNT, 'installation/bin/postgres'),
  };
  const namespace = ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', IN_NAMESPACE, 'sh'];
  return {
    directory: join(MOUNT, 'directory'),
    installation: inside,
    spawn: (program, parameters) =>
      start([...namespace, directory, root, ...asAccount, inside[program], ...parameters], directory),
  };
}

function start(command: readonly string[], cwd: string): ChildProcess {
  const [file = '', ...parameters] = command;
  return spawn(file, parameters, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  });
}

/** The highest folder on the way to `path` that the account may not enter. */
async function findBlocked(path: string, account: Account): Promise<string | undefined> {
  const ways: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    ways.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const way of ways) {
    const { mode, uid, gid } = await stat(way);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return way;
  }
  return undefined;
}

function canMount(): Promise<boolean> {
  const probe = spawn('unshare', ['--mount', '--propagation', 'private', '--', 'true'], { stdio: 'ignore' });
  return new Promise((settle) => {
    probe.once('error', () => settle(false));
    probe.once('exit', (code) => settle(code === 0));
  });
}
