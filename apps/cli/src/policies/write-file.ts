import { rename, writeFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';

/** Never over something that is there: it may have been filled in. @throws UsageError `file-exists` */
export async function writeNewFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new UsageError('file-exists', `${file} is there already`, { cause });
  }
}

/** The whole new content or the old one, whatever happens meanwhile. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, content);
  await rename(next, file);
}
