import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../../..');

/**
 * Folder under `node_modules/.cache` with what `tools/test/install.ts` installs by that name. `./asterism test` has done so
 * before any test; a single test file waits for it here.
 */
export async function peerEnvironment(name: string): Promise<string> {
  const install = [
    '--close',
    resolve(ROOT, 'package.json'),
    process.execPath,
    resolve(ROOT, 'tools/test/install.ts'),
    name,
  ];
  await promisify(execFile)('flock', install, { cwd: ROOT });
  return resolve(ROOT, 'node_modules/.cache', name);
}
