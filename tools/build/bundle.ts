import { build, type BuildOptions, type Metafile } from 'esbuild';
import { join } from 'node:path';
import { absentPackages } from './absent-packages.ts';
import { inlineSwaggerUi } from './inline-swagger-ui.ts';
import { namespaceZod } from './namespace-zod.ts';
import { packedPackages } from './packed-packages.ts';
import { swcDecorators } from './swc-decorators.ts';

export const ROOT = join(import.meta.dirname, '../..');

export interface BundleOptions {
  /** Folder under `apps/`. */
  readonly app: string;
  /** Source file under the app's `src/`, without its ending. */
  readonly entry: string;
  /** Where the bundle goes; absent: nowhere, only the list of inputs is of interest. */
  readonly outfile?: string;
  /** npm packages are inlined too, so that the one file is all of the code (what a node measures). */
  readonly standalone: boolean;
}

/** CommonJS packages that are inlined ask for Node's modules by `require`. */
const REQUIRE =
  "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);";

/**
 * One ECMAScript module for Node 24. The same sources give the same bytes wherever they are checked out: no time, no
 * absolute path.
 */
export async function bundle(options: BundleOptions): Promise<Metafile> {
  const folder = join(ROOT, 'apps', options.app, 'src');
  const settings: BuildOptions = {
    absWorkingDir: ROOT,
    entryPoints: [`apps/${options.app}/src/${options.entry}.ts`],
    outfile: options.outfile ?? join(ROOT, 'dist', options.app, `${options.entry}.js`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: options.outfile !== undefined,
    tsconfigRaw: { compilerOptions: { target: 'ES2024', verbatimModuleSyntax: true } },
    ...(options.standalone ? { banner: { js: REQUIRE } } : {}),
    plugins: [
      ...(options.app === 'api' ? [inlineSwaggerUi(folder), swcDecorators(folder, ROOT)] : []),
      namespaceZod,
      ...(options.standalone ? [packedPackages(ROOT), absentPackages] : [externalPackages]),
    ],
  };
  const { metafile } = await build(settings);
  return metafile as Metafile;
}

/** Everything that is neither a relative import nor a room of this workspace stays an import. */
const externalPackages = {
  name: 'external-packages',
  setup(build: Parameters<NonNullable<BuildOptions['plugins']>[number]['setup']>[0]) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@asterism/') ? undefined : { path, external: true },
    );
  },
};
