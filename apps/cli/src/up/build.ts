import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StartError } from '../errors.ts';
import { NODE, WORKSPACE } from '../workspace.ts';
import { writeAtomically } from './data-directory.ts';
import { runToEnd } from './run-to-end.ts';

export interface BuildTarget {
  readonly project: 'api' | 'node-agent' | 'console';
  /** Relative to the workspace; all exist after a build. */
  readonly outputs: readonly string[];
}

const STAMPS = join(WORKSPACE, 'node_modules/.cache/asterism-build');
const LEFT_OUT = new Set(['node_modules', 'dist', '.next', 'coverage']);
const SHARED = ['libs', 'tools/build', 'package-lock.json', 'tsconfig.base.json', 'nx.json'];

/**
 * Builds what is not built from the present sources, through nx. Starting nx takes longer than reading every source, so
 * what has not changed is found out here, by content.
 * @returns the projects that were built
 */
export async function buildProjects(
  targets: readonly BuildTarget[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const shared = createHash('sha256');
  for (const path of SHARED) await hashTree(join(WORKSPACE, path), shared);
  const sharedDigest = shared.digest('hex');
  const stale: { readonly target: BuildTarget; readonly digest: string }[] = [];
  for (const target of targets) {
    const own = createHash('sha256').update(sharedDigest);
    await hashTree(join(WORKSPACE, 'apps', target.project), own);
    const digest = own.digest('hex');
    if (!(await isCurrent(target, digest))) stale.push({ target, digest });
  }
  if (stale.length === 0) return [];
  const names = stale.map(({ target }) => target.project);
  await mkdir(STAMPS, { recursive: true });
  const { code, output } = await runToEnd({
    // Two starts on a fresh clone would build over each other.
    command: 'flock',
    args: [
      join(STAMPS, 'lock'),
      NODE,
      join(WORKSPACE, 'node_modules/.bin/nx'),
      'run-many',
      '-t',
      'build',
      '-p',
      names.join(','),
      '--outputStyle=static',
    ],
    cwd: WORKSPACE,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' },
    signal,
  });
  if (code !== 0) {
    throw new StartError(
      'build-failed',
      `nx could not build ${names.join(', ')}:\n${output.trimEnd().split('\n').slice(-30).join('\n')}`,
    );
  }
  for (const { target, digest } of stale) await writeAtomically(stampOf(target), `${digest}\n`);
  return names;
}

function stampOf(target: BuildTarget): string {
  return join(STAMPS, target.project);
}

async function isCurrent(target: BuildTarget, digest: string): Promise<boolean> {
  const stamp = await readFile(stampOf(target), 'utf8').catch(() => '');
  if (stamp.trim() !== digest) return false;
  const missing = await Promise.all(
    target.outputs.map((output) =>
      access(join(WORKSPACE, output)).then(
        () => false,
        () => true,
      ),
    ),
  );
  return !missing.includes(true);
}

/** Names and contents of all files that can change a build; tests and documents cannot. */
async function hashTree(path: string, hash: ReturnType<typeof createHash>): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null;
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries === null) {
    hash.update(`${relative(WORKSPACE, path)}\0`).update(await readFile(path));
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (LEFT_OUT.has(entry.name) || /\.spec\.tsx?$|\.md$|^next-env\.d\.ts$|\.tsbuildinfo$/.test(entry.name))
      continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) await hashTree(child, hash);
    else if (entry.isFile()) hash.update(`${relative(WORKSPACE, child)}\0`).update(await readFile(child));
  }
}
