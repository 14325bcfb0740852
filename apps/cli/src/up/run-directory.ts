import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../errors.ts';

/**
 * Folder for Unix sockets, which take no path over 107 bytes (unix(7)); DIR may be anywhere. Named after DIR, so that a
 * start after a kill -9 finds and clears the one before. Only this user can enter it.
 */
export async function makeRunDirectory(dataRoot: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const name = `asterism-${uid}-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`;
  const path = join(tmpdir(), name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  await chmod(path, 0o700);
  const { uid: owner } = await lstat(path);
  if (owner !== uid) throw new StartError('data-directory-unwritable', `${path} belongs to another user`);
  return path;
}
