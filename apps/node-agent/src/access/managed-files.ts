import type { AccessDrift } from '@asterism/contracts';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Kind = AccessDrift['kind'];

/** Where a file is written before it gets its name: sudo, sshd and the accounts of a machine know none of it. */
const UNFINISHED = '.asterism.new';

export interface ManagedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

/**
 * Files that are the agent's alone. Each is written whole and by a rename; what somebody else has changed since it was written
 * is put right and remembered as drift. What an earlier agent has left is no drift.
 */
export class ManagedFiles {
  readonly #now: () => Date;
  readonly #written = new Map<string, Buffer>();
  #drift: AccessDrift[] = [];

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** What was put right since it was asked for last. */
  takeDrift(): AccessDrift[] {
    const drift = this.#drift;
    this.#drift = [];
    return drift;
  }

  note(path: string, kind: Kind): void {
    this.#drift.push({ path: path.slice(0, 300), kind, at: this.#now().toISOString() });
  }

  /** @returns whether it had to be written */
  async put({ path, content, mode }: ManagedFile): Promise<boolean> {
    const wanted = Buffer.from(content);
    const found = await look(path);
    const before = this.#written.get(path);
    const same = found !== undefined && found.content?.equals(wanted) === true;
    if (same && found.mode === mode && found.isRoots) {
      this.#written.set(path, wanted);
      return false;
    }
    if (before !== undefined) this.#noteDifference(path, before, found, same);
    await writeWhole(path, wanted, mode);
    this.#written.set(path, wanted);
    return true;
  }

  /** @returns whether it was there */
  async remove(path: string): Promise<boolean> {
    const isThere = (await look(path)) !== undefined;
    this.#written.delete(path);
    if (isThere) await removeDurably(path);
    return isThere;
  }

  /**
   * Removes whatever is in a folder and not among these.
   * @param mine tells the agent's own names in a folder that is not its own
   * @param isFirst nothing is drift yet
   */
  async sweep(
    folder: string,
    wanted: ReadonlySet<string>,
    { mine = () => true, isFirst }: { readonly mine?: (name: string) => boolean; readonly isFirst: boolean },
  ): Promise<void> {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (name !== UNFINISHED && (wanted.has(path) || !mine(name))) continue;
      if (!isFirst && name !== UNFINISHED && !this.#written.has(path)) this.note(path, 'unexpected');
      this.#written.delete(path);
      await rm(path, { recursive: true, force: true });
    }
  }

  /** What an agent that was killed has left beside a file. */
  async clear(path: string): Promise<void> {
    await rm(join(dirname(path), UNFINISHED), { force: true });
  }

  /** A folder that root alone writes. */
  async folder(path: string, mode: number): Promise<void> {
    await mkdir(path, { recursive: true, mode });
    const found = await lstat(path);
    if (!found.isDirectory()) throw new Error(`${path} is no folder`);
    if ((found.mode & 0o7777) === mode && found.uid === 0) return;
    this.note(path, 'permissions');
    const handle = await open(path, 'r');
    try {
      await handle.chown(0, 0);
      await handle.chmod(mode);
    } finally {
      await handle.close();
    }
  }

  #noteDifference(path: string, before: Buffer, found: Found | undefined, same: boolean): void {
    if (found === undefined) this.note(path, 'missing');
    else if (found.content?.equals(before) !== true) this.note(path, 'changed');
    // Its content is what is wanted, so that what differs is who may change or read it.
    else if (same) this.note(path, 'permissions');
  }
}

interface Found {
  /** Undefined where it is no regular file. */
  readonly content: Buffer | undefined;
  readonly mode: number;
  readonly isRoots: boolean;
}

async function look(path: string): Promise<Found | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const content = found.isFile() ? await readFile(path) : undefined;
  return { content, mode: found.mode & 0o7777, isRoots: found.uid === 0 && found.gid === 0 };
}

/** On the disk before its name is; a reader sees the old content or the new. */
async function writeWhole(path: string, content: Buffer, mode: number): Promise<void> {
  const temporary = join(dirname(path), UNFINISHED);
  await rm(temporary, { recursive: true, force: true });
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const inTheWay = await lstat(path).catch(() => undefined);
  if (inTheWay?.isDirectory() === true) await rm(path, { recursive: true, force: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
