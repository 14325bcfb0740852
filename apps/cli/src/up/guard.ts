import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';

const SCRIPT = join(import.meta.dirname, 'guard.sh');
/** How long the guard of a killed `up` may still be ending what that one left. */
const PREVIOUS_GUARD_MS = 20_000;

/** A small process of its own session that owns DIR's lock and ends our children should we be killed. */
export class Guard {
  readonly #child: ChildProcess;
  #open = true;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdin?.on('error', () => undefined);
  }

  /** @throws StartError `data-directory-in-use` */
  static async acquire(directory: DataDirectory): Promise<Guard> {
    const pidFile = join(directory.run, 'up.pid');
    const deadline = Date.now() + PREVIOUS_GUARD_MS;
    for (;;) {
      const child = await tryLock(join(directory.root, 'lock'));
      if (child !== null) {
        await writeAtomically(pidFile, `${process.pid}\n`);
        return new Guard(child);
      }
      const holder = Number(await readFile(pidFile, 'utf8').catch(() => ''));
      if (isRunning(holder) || Date.now() > deadline) {
        throw new StartError(
          'data-directory-in-use',
          `${directory.root} is in use by another asterism up (pid ${holder || 'unknown'})`,
        );
      }
      await delay(200);
    }
  }

  add(group: number): void {
    this.#send(`add ${group}`);
  }

  remove(group: number): void {
    this.#send(`remove ${group}`);
  }

  /** A folder to remove at the end, even if we are killed. */
  folder(path: string): void {
    this.#send(`folder ${path}`);
  }

  /** Ends what is left and gives the lock back. */
  async release(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#child.ref();
    const exited = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.stdin?.end('done\n');
    await exited;
  }

  #send(line: string): void {
    if (this.#open) this.#child.stdin?.write(`${line}\n`);
  }
}

/** The lock is on an open file (flock), so the kernel gives it back however the guard ends. */
async function tryLock(file: string): Promise<ChildProcess | null> {
  const child = spawn('flock', ['--nonblock', '--no-fork', file, 'sh', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const outcome = await Promise.race([
    once(child.stdout, 'data').then(() => 'held' as const),
    once(child, 'exit').then(
      () => 'busy' as const,
      () => 'busy' as const,
    ),
  ]);
  if (outcome === 'busy') return null;
  child.unref();
  return child;
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
