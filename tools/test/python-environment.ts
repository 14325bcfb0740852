import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from './processes.ts';

const INSTALL_MS = 300_000;

/** A virtual environment of its own for one pinned closure of Python packages. */
export interface PythonEnvironment {
  readonly python: string;
  readonly folder: string;
}

/**
 * Installs `tools/test/{name}.txt` under `node_modules/.cache`, anew when the pins change. The file names every package
 * of the closure with its version; nothing else is taken.
 * @throws when there is no python3-venv or no package index
 */
export async function installPython(name: string): Promise<PythonEnvironment> {
  const requirements = join(ROOT, 'tools/test', `${name}.txt`);
  const folder = join(ROOT, 'node_modules/.cache', name);
  const python = join(folder, 'bin/python3');
  const stamp = join(folder, 'requirements.txt');
  const pins = await readFile(requirements, 'utf8');
  if (pins !== (await readFile(stamp, 'utf8').catch(() => ''))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, '..'), { recursive: true });
    await must('python3', ['-m', 'venv', folder]);
    const options = ['--disable-pip-version-check', '--no-deps', '--quiet'];
    await must(python, ['-m', 'pip', 'install', ...options, '-r', requirements]);
    // Last: an installation that was interrupted has no stamp.
    await writeFile(stamp, pins);
  }
  return { python, folder };
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code } = await run({ command, args, timeout: INSTALL_MS, quiet: true });
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')} failed; python3-venv and a package index are needed`);
}
