import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from './processes.ts';

const INSTALL_MS = 300_000;
const FILES = ['package.json', 'package-lock.json'] as const;

/**
 * Installs Azurite under `node_modules/.cache/azurite` from a lock file of its own: it brings 450 packages, clients of
 * three databases among them, which the platform's own lock file is to stay free of.
 * @throws where there is no package registry
 */
export async function installAzurite(): Promise<void> {
  const source = join(ROOT, 'tools/test/azurite');
  const folder = join(ROOT, 'node_modules/.cache/azurite');
  const stamp = join(folder, 'installed.json');
  const pins = await readFile(join(source, 'package-lock.json'), 'utf8');
  if (pins === (await readFile(stamp, 'utf8').catch(() => ''))) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of FILES) await copyFile(join(source, file), join(folder, file));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await run({ command: 'npm', args, cwd: folder, timeout: INSTALL_MS, quiet: true });
  if (code !== 0) throw new Error('npm ci of Azurite failed; a package registry is needed');
  await writeFile(stamp, pins);
}
