import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PersistenceError } from '../errors.ts';

const POLL_MS = 50;
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Stops a server that outlived its API, and removes a `postmaster.pid` whose process is gone or is another program
 * by now. Call it only while holding the folder's lock.
 * @throws PersistenceError `data-directory-in-use` where it cannot be stopped
 */
export async function stopOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number(text.split('\n')[0]);
  if (Number.isSafeInteger(pid) && pid > 1 && (await isServerOf(pid, data))) {
    const stopped =
      (await signalAndWait(pid, 'SIGINT', FAST_SHUTDOWN_MS, data)) ||
      (await signalAndWait(pid, 'SIGQUIT', IMMEDIATE_SHUTDOWN_MS, data));
    if (!stopped) {
      throw new PersistenceError('data-directory-in-use', `a PostgreSQL on this data folder does not stop`, {
        got: pid,
      });
    }
  }
  await rm(file, { force: true });
}

/** A server's working directory is its data folder, whatever name the folder goes by in its mount namespace. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    const [cwd, folder] = await Promise.all([stat(`/proc/${pid}/cwd/`), stat(data)]);
    return cwd.dev === folder.dev && cwd.ino === folder.ino;
  } catch {
    return false;
  }
}

async function signalAndWait(
  pid: number,
  signal: NodeJS.Signals,
  patience: number,
  data: string,
): Promise<boolean> {
  process.kill(pid, signal);
  for (let waited = 0; waited < patience; waited += POLL_MS) {
    if (!(await isServerOf(pid, data))) return true;
    await sleep(POLL_MS);
  }
  return false;
}
