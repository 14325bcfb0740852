import { constants } from 'node:fs';
import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '../errors.ts';

/** Layout version of DIR. A later one is refused, never converted down. */
const DATA_VERSION = 1;
const VERSION_FILE = 'version';

/** The folders of DIR. Everything that a start makes is under them. */
export interface DataDirectory {
  readonly root: string;
  readonly api: string;
  readonly machines: string;
  readonly ca: string;
  readonly console: string;
  readonly run: string;
  readonly logs: string;
}

/**
 * Opens DIR, creating it where it does not exist. Nothing is written before its version has been read.
 * @throws StartError `data-directory-newer`, `-damaged`, `-foreign` or `-unwritable`
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  try {
    await makeWithParents(resolve(path));
    const root = await realpath(path);
    const isNew = await checkVersion(root);
    await access(root, constants.W_OK);
    await proveWritable(root);
    if (isNew) await writeAtomically(join(root, VERSION_FILE), `${DATA_VERSION}\n`);
    // PostgreSQL runs as another user when this is root and must be able to walk through; what is secret is 0700 below.
    await chmod(root, 0o711);
    return await makeFolders(root);
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new StartError('data-directory-unwritable', `${path} cannot be written (${reason})`, { cause });
  }
}

/** Node's recursive mkdir never returns where the kernel says ENOENT under a folder that exists, as in /proc. */
async function makeWithParents(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeWithParents(dirname(path));
    await make();
  }
}

async function makeFolders(root: string): Promise<DataDirectory> {
  const folder = async (name: string, mode: number): Promise<string> => {
    const path = join(root, name);
    await mkdir(path, { recursive: true, mode });
    return path;
  };
  return {
    root,
    api: await folder('api', 0o711),
    machines: await folder('machines', 0o700),
    ca: await folder('ca', 0o700),
    console: await folder('console', 0o700),
    run: await folder('run', 0o700),
    logs: await folder('logs', 0o700),
  };
}

/** @returns whether DIR is new */
async function checkVersion(root: string): Promise<boolean> {
  const file = join(root, VERSION_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    const entries = await readdir(root);
    if (entries.length === 0) return true;
    throw new StartError(
      'data-directory-foreign',
      `${root} is not empty and has no ${VERSION_FILE} file: not a folder of asterism, or a damaged one`,
      {
        got: entries.slice(0, 5).join(', '),
      },
    );
  }
  if (!/^[1-9]\d{0,8}\n$/.test(text)) {
    throw new StartError('data-directory-damaged', `${file} is not a version number`, {
      got: text.slice(0, 40),
      want: `${DATA_VERSION}`,
    });
  }
  const version = Number(text);
  if (version > DATA_VERSION) {
    throw new StartError('data-directory-newer', `${root} was written by a newer asterism`, {
      got: version,
      want: DATA_VERSION,
    });
  }
  return false;
}

async function proveWritable(root: string): Promise<void> {
  const probe = join(root, `.probe-${process.pid}`);
  await writeFile(probe, 'x');
  await unlink(probe);
}

/** Written whole or not at all: readers see the old content or the new one. */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, content, { mode, flush: true });
  await rename(temporary, path);
}
