import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../errors.ts';

/** Programs that `up` starts, and the Debian package of each. */
const NEEDED = [
  ['swtpm', 'swtpm'],
  ['swtpm_setup', 'swtpm-tools'],
  ['swtpm_localca', 'swtpm-tools'],
  ['flock', 'util-linux'],
  ['setpriv', 'util-linux'],
  ['cryptsetup', 'cryptsetup-bin'],
] as const;

/**
 * Looks for everything before anything is started.
 * @throws StartError `package-missing`, naming all of them
 */
export async function requirePrograms(searchPath: string): Promise<void> {
  const folders = searchPath.split(':').filter((folder) => folder !== '');
  const found = await Promise.all(NEEDED.map(([program]) => isInstalled(program, folders)));
  const missing = NEEDED.filter((_, index) => found[index] !== true);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  throw new StartError(
    'package-missing',
    `not installed: ${missing.map(([program]) => program).join(', ')}; run: apt-get install ${packages.join(' ')}`,
    { got: missing.map(([program]) => program) },
  );
}

async function isInstalled(program: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const runs = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return true;
  }
  return false;
}
