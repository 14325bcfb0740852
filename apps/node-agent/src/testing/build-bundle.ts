import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const WORKSPACE = join(import.meta.dirname, '../../../..');

/** Builds an entry of this app as it is shipped, into a folder of its own. @returns the file */
export async function buildBundle(entry: 'main' | 'launcher'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-bundle-'));
  const builder = join(WORKSPACE, 'tools/build/build-app.ts');
  await promisify(execFile)(process.execPath, [
    builder,
    'node-agent',
    entry,
    '--standalone',
    '--out',
    folder,
  ]);
  return join(folder, `${entry}.js`);
}
