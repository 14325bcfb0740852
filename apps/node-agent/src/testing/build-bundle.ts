import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../../../tools/build/bundle.ts';

/** Builds an entry of this app as it is shipped, into a folder of its own. @returns the file */
export async function buildBundle(entry: 'main' | 'launcher'): Promise<string> {
  const outfile = join(await mkdtemp(join(tmpdir(), 'asterism-bundle-')), `${entry}.js`);
  await bundle({ app: 'node-agent', entry, outfile, standalone: true });
  return outfile;
}
