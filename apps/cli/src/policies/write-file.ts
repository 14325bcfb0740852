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

/** The whole new text or the old one, whatever happens meanwhile. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, text);
  await rename(next, file);
}
