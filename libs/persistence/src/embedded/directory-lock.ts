import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PersistenceError } from '../errors.ts';

const TAKEN = 75;
const ATTEMPTS = 15;
const PAUSE_MS = 100;

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * An advisory lock (flock) on `path`. It is held by a child that waits for the end of its input, so that the kernel
 * lets go of it when this process dies, however it dies; a lock file left behind means nothing.
 * @throws PersistenceError `data-directory-in-use`, `data-directory-unusable`
 */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  for (let attempt = 1; ; attempt++) {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    // The holder of a killed process needs a moment to see the end of its input.
    if (attempt === ATTEMPTS) {
      throw new PersistenceError(
        'data-directory-in-use',
        `another API works on this data folder (lock ${path} is held)`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

async function tryLock(path: string): Promise<DirectoryLock | undefined> {
  const child = spawn(
    'flock',
    [
      '--nonblock',
      '--no-fork',
      '--conflict-exit-code',
      String(TAKEN),
      path,
      'sh',
      '-c',
      'echo held; exec cat',
    ],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const outcome = await readOutcome(child);
  if (outcome.held) {
    child.unref();
    return { release: () => release(child) };
  }
  if (outcome.code === TAKEN) return undefined;
  throw new PersistenceError('data-directory-unusable', `cannot lock ${path}: ${outcome.message}`);
}

interface LockOutcome {
  readonly held: boolean;
  readonly code: number | null;
  readonly message: string;
}

function readOutcome(child: ChildProcess): Promise<LockOutcome> {
  return new Promise((settle) => {
    let message = '';
    child.stderr?.on('data', (chunk: Buffer) => (message += chunk.toString()));
    child.stdout?.once('data', () => settle({ held: true, code: null, message }));
    child.once('error', (error) => settle({ held: false, code: null, message: error.message }));
    child.once('close', (code) => settle({ held: false, code, message: message.trim() }));
  });
}

async function release(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.ref();
  child.stdin?.end();
  await ended;
}
