import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bytes } from '@asterism/bytes';
import { UsageError } from '../errors.ts';

/** Larger files cannot be evidence: an event log has at most 1 MiB, a quote 16 KiB. */
const MAX_FILE = 4 << 20;
/** Files of one `--collateral` folder, and bytes of all of them. */
const MAX_FILES = 256;
const MAX_FOLDER = 16 << 20;

export interface InputFile {
  readonly path: string;
  readonly bytes: Bytes;
  /** It was found in a folder rather than named. */
  readonly inFolder: boolean;
}

/** A file, a pipe or `/dev/stdin`, up to 4 MiB. @throws UsageError `file-unreadable`, `file-malformed` */
export async function readInput(path: string, what: string): Promise<Bytes> {
  const bytes = await readUpTo(path, MAX_FILE).catch((cause: unknown) => {
    throw unreadable(path, what, cause);
  });
  if (bytes === null) {
    throw new UsageError('file-malformed', `${what} ${path} is too large`, {
      want: `${MAX_FILE} bytes at most`,
    });
  }
  return bytes;
}

/**
 * Files named, and those in folders named, without their subfolders. What is too large to be collateral is passed over in
 * a folder, where anything may lie, and refused where it was named.
 * @throws UsageError `file-unreadable`, `file-malformed`
 */
export async function readFilesAndFolders(paths: readonly string[]): Promise<readonly InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) {
    const kind = await stat(path).catch((cause: unknown) => {
      throw unreadable(path, 'collateral', cause);
    });
    if (kind.isDirectory()) files.push(...(await readFolder(path)));
    else files.push({ path, bytes: await readInput(path, 'collateral'), inFolder: false });
  }
  return files;
}

async function readFolder(folder: string): Promise<readonly InputFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
  if (entries.length > MAX_FILES) {
    throw new UsageError('file-malformed', `folder ${folder} has too many files`, {
      got: entries.length,
      want: MAX_FILES,
    });
  }
  const files: InputFile[] = [];
  let total = 0;
  for (const name of entries.map((entry) => entry.name).sort()) {
    const path = join(folder, name);
    // Links are followed; sockets, pipes and devices in a folder were not meant.
    if (!(await stat(path).catch(() => null))?.isFile()) continue;
    const bytes = await readUpTo(path, MAX_FILE).catch((cause: unknown) => {
      throw unreadable(path, 'collateral', cause);
    });
    if (bytes === null) continue;
    total += bytes.length;
    if (total > MAX_FOLDER) {
      throw new UsageError('file-malformed', `folder ${folder} is too large`, {
        want: `${MAX_FOLDER} bytes at most`,
      });
    }
    files.push({ path, bytes, inFolder: true });
  }
  return files;
}

/** Null where there is more: the size that a file states is not asked, because a pipe has none. */
async function readUpTo(path: string, most: number): Promise<Bytes | null> {
  const file = await open(path);
  try {
    const chunks: Uint8Array[] = [];
    let total = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 64 << 10 })) {
      total += (chunk as Uint8Array).length;
      if (total > most) return null;
      chunks.push(chunk as Uint8Array);
    }
    return new Uint8Array(Buffer.concat(chunks));
  } finally {
    await file.close();
  }
}

function unreadable(path: string, what: string, cause: unknown): UsageError {
  if (cause instanceof UsageError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new UsageError('file-unreadable', `${what} ${path} cannot be read (${reason})`, { cause });
}
