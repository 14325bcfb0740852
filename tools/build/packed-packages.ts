import { build, type Plugin } from 'esbuild';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { absentPackages } from './absent-packages.ts';

/** Clients of the clouds, of which a site uses one; those of a group share most of their code. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  aws: [
    '@aws-sdk/client-kms',
    '@aws-sdk/client-s3',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-web-identity',
  ],
  azure: ['@azure/identity', '@azure/keyvault-keys', '@azure/storage-blob'],
  google: ['@google-cloud/kms', '@google-cloud/storage', 'google-auth-library'],
};
const IMPORTER = /\/libs\/kek\/src\//;

/**
 * Puts these packages into the bundle compressed, to be unpacked when one is first imported: as source text, Node would
 * read and keep 12 MB at every start. They stay in the one file that is measured.
 */
export function packedPackages(root: string): Plugin {
  const room = join(root, 'libs/kek');
  return {
    name: 'packed-packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) =>
        IMPORTER.test(importer) && groupOf(path) !== undefined ? { path, namespace: 'packed' } : undefined,
      );
      onResolve({ filter: /^packed:/ }, ({ path }) => ({
        path: path.slice('packed:'.length),
        namespace: 'packed-group',
      }));
      onLoad({ filter: /.*/, namespace: 'packed' }, ({ path }) => ({
        contents: toModule(path, room),
        loader: 'js',
      }));
      onLoad({ filter: /.*/, namespace: 'packed-group' }, async ({ path }) => ({
        contents: toLoader(path, await pack(GROUPS[path] ?? [], root, room)),
        loader: 'js',
      }));
    },
  };
}

function groupOf(name: string): string | undefined {
  return Object.keys(GROUPS).find((group) => GROUPS[group]?.includes(name));
}

/** A module with the package's exports, by name. */
function toModule(name: string, room: string): string {
  const exported = Object.keys(createRequire(join(room, 'package.json'))(name) as object);
  const names = exported.filter(
    (one) => /^[A-Za-z_$][\w$]*$/.test(one) && one !== 'default' && one !== '__esModule',
  );
  return `import { load } from 'packed:${groupOf(name)}';
export const { ${names.join(', ')} } = load()[${JSON.stringify(name)}];`;
}

async function pack(names: readonly string[], root: string, room: string): Promise<string> {
  const entries = names.map((name) => `${JSON.stringify(name)}: require(${JSON.stringify(name)})`);
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: `module.exports = { ${entries.join(', ')} };`, resolveDir: room },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    logLevel: 'warning',
    minifyWhitespace: true,
    write: false,
    plugins: [absentPackages],
  });
  // The best quality takes five seconds more for a fiftieth less.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  return (await promisify(brotliCompress)(outputFiles[0]?.contents ?? '', { params })).toString('base64');
}

function toLoader(group: string, packed: string): string {
  return `import { Module } from 'node:module';
import { brotliDecompressSync } from 'node:zlib';
let loaded;
export function load() {
  if (loaded === undefined) {
    const name = ${JSON.stringify(`/${group}.cjs`)};
    const module = new Module(name);
    module._compile(brotliDecompressSync(Buffer.from(${JSON.stringify(packed)}, 'base64')).toString(), name);
    loaded = module.exports;
  }
  return loaded;
}`;
}
