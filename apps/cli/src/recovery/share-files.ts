import { access, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

export interface ShareFile {
  readonly name: string;
  readonly file: string;
}

/**
 * Where each person's file goes, before shares are made: they are shown once, so nothing may be in their way then.
 * @param scope `platform`, or the name of the cluster
 * @throws UsageError `file-exists`, and `usage` where two people would get one file
 */
export async function planShareFiles(
  folder: string,
  scope: string,
  names: readonly string[],
): Promise<ShareFile[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = names.map((name) => ({ name, file: join(folder, `${scope}-${toFileName(name)}.age`) }));
  const twice = files.find(({ file }, at) => files.findIndex((other) => other.file === file) !== at);
  if (twice !== undefined)
    throw new UsageError('usage', 'two people would get one file', { got: twice.file });
  for (const { file } of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) throw new UsageError('file-exists', `${file} is there already`);
  }
  return files;
}

/** Never over something that is there. */
export async function writeShareFile(file: string, encrypted: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(encrypted);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function toFileName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  return plain === '' ? 'share' : plain;
}
